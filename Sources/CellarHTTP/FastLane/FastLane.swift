import HTTPTypes
import LocalFiles
import NIOCore
import PackagingStandards
import Registry

/// Finds the answers that need no waiting: pages and files in memory, open files, and 304s. All connections share it.
///
/// It asks the same functions as the router, which answers alike.
struct FastLane: Sendable {
    let registry: RegistryServices
    let authentication: Authentication
    let memories = AnswerMemories()

    /// What is sent for a request.
    struct Answer {
        let head: any ResponseHead
        let body: Body
        let kind: RequestKind
        let callerName: String?
        /// The moment up to which the answer is good, if nothing changes; nil for as long as nothing does.
        let goodUntil: Timestamp?
        /// The file that is sent, for counting.
        var entry: ServableFile?
    }

    /// The bytes of an answer.
    enum Body {
        case none
        case bytes(ByteBuffer)
        case file(OpenFile, Range<Int64>)

        /// The number of bytes.
        var length: Int64 {
            switch self {
            case .none: 0
            case .bytes(let bytes): Int64(bytes.readableBytes)
            case .file(_, let range): range.upperBound - range.lowerBound
            }
        }
    }

    /// Returns the answer to a request, or nil if the router must find it. Runs on event loops and never waits.
    func answer(_ request: PlainRequest) -> Answer? {
        guard let address = Address(plain: request.path) ?? (try? Address(path: request.path)),
            let caller = authentication.knownCaller(request.conditions.authorization)
        else { return nil }
        switch address {
        case .project(let index, let name, true):
            return project(name, in: index, address, caller, request)
        case .projectOrIndex(let name, true):
            return project(name, in: .main, address, caller, request)
        case .projectList(let index, true):
            return page(.projectList(.wholeIndex), in: index, address, caller, request)
        case .file(let file, let isMetadata):
            return self.file(file, isMetadata: isMetadata, address, caller, request)
        default:
            return nil
        }
    }

    /// Counts an answer that was found in the fast lane's own memory, as finding it again would.
    func noteRecalled(_ answer: Answer) {
        if answer.kind == .simpleProject || answer.kind == .simpleList { registry.pages.noteHit() }
    }

    private func project(
        _ name: String, in index: IndexName, _ address: Address, _ caller: Caller, _ request: PlainRequest
    ) -> Answer? {
        guard NormalizedName.isNormalized(name), let project = NormalizedName(name) else { return nil }
        return page(.project(project), in: index, address, caller, request)
    }

    private func page(
        _ subject: PageKey.Subject, in index: IndexName, _ address: Address, _ caller: Caller, _ request: PlainRequest
    ) -> Answer? {
        guard let choice = try? PageChoice(for: request.conditions) else { return nil }
        let key = PageKey(index: index, subject: subject, format: choice.format)
        guard let page = registry.pages.inMemory(key, encoding: choice.encoding, caller: caller) else { return nil }
        let response = PageResponse(
            page, contentType: choice.mediaType.contentType,
            isOpenToWebPages: registry.permissions.isOpenToWebPages(index),
            encoding: choice.encoding, ifNoneMatch: request.conditions.ifNoneMatch)
        let body = request.isHead ? nil : response.body
        return answer(response, body.map(Body.bytes) ?? .none, address, caller, goodUntil: page.goodUntil)
    }

    private func file(
        _ file: FileAddress, isMetadata: Bool, _ address: Address, _ caller: Caller, _ request: PlainRequest
    ) -> Answer? {
        let key = FileCache.Key(address: file, isMetadata: isMetadata)
        guard let entry = registry.downloads.inMemory(key, caller: caller) else { return nil }
        let response = AskedFile(
            isMetadata: isMetadata, isPublic: registry.permissions.isPublic(file.index),
            isOpenToWebPages: registry.permissions.isOpenToWebPages(file.index), conditions: request.conditions,
            isHead: request.isHead
        ).head(entry)
        guard let range = response.range, !request.isHead else {
            return answer(response, .none, address, caller, goodUntil: entry.goodUntil)
        }
        guard let body = Self.body(entry.contents, range) else { return nil }
        var answer = answer(response, body, address, caller, goodUntil: entry.goodUntil)
        answer.entry = entry
        return answer
    }

    private func answer(
        _ head: any ResponseHead, _ body: Body, _ address: Address, _ caller: Caller, goodUntil: Timestamp?
    ) -> Answer {
        Answer(
            head: head, body: body, kind: address.kind, callerName: caller.isKnown ? caller.name : nil,
            goodUntil: goodUntil)
    }

    private static func body(_ contents: ServableFile.Contents, _ range: Range<Int64>) -> Body? {
        switch contents {
        case .bytes(let bytes):
            return bytes.getSlice(at: bytes.readerIndex + Int(range.lowerBound), length: range.count).map(Body.bytes)
        case .stored(let file):
            guard case .descriptor(let descriptor) = file.contents else { return nil }
            return .file(descriptor, range)
        case .offered: return nil
        }
    }
}

/// Answers what needs no waiting on the bytes of the connection, and hands everything else to the parser and the router
/// behind it.
///
/// It never overtakes a request that is still in the router. Bytes that it cannot read as plain requests to the last
/// one end its part in the connection for good, so that it never takes for a request what the parser takes for a body.
final class FastLaneHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Mode {
        /// The parser holds nothing: what comes in begins with a request.
        case open
        /// The parser has taken whole plain requests, which the router is answering.
        case waiting
        /// The parser takes the rest of the connection.
        case closed
        /// The last answer is sent: what still comes in is dropped.
        case ended
    }

    /// If more bytes than this wait for a client, the router takes over, since it can wait.
    private static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 256 << 10, high: 1 << 20)
    /// The same under TLS, where large files pass through memory, and many clients may read slowly.
    private static let secretWaterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 128 << 10)
    /// Bodies up to this many bytes share a buffer with their head.
    private static let joinedBodySize = 2048
    /// The same under TLS, where each buffer is a record of its own at least, which costs more than a copy.
    private static let joinedSecretBodySize = 32 << 10

    private let lane: FastLane
    private let activity: ConnectionActivity
    private let recorder: RequestRecorder
    private let isSecure: Bool
    private var mode = Mode.open
    private var memory: AnswerMemory?
    /// Known from the first answer on, since each look is a system call.
    private var peer: String?
    /// How many answers of the router have ended once it has answered all requests that it was handed.
    private var expectedEnds = 0
    private var hasWritten = false
    private var hasForwarded = false

    /// Makes a handler for one connection.
    ///
    /// - Parameters:
    ///   - lane: Finds the answers.
    ///   - activity: What the handlers of the connection share.
    ///   - recorder: Counts the requests.
    ///   - isSecure: Whether the connection is TLS.
    init(lane: FastLane, activity: ConnectionActivity, recorder: RequestRecorder, isSecure: Bool) {
        self.lane = lane
        self.activity = activity
        self.recorder = recorder
        self.isSecure = isSecure
    }

    func handlerAdded(context: ChannelHandlerContext) {
        memory = lane.memories.memory(of: context.eventLoop)
        try? context.channel.syncOptions?.setOption(
            .writeBufferWaterMark, value: isSecure ? Self.secretWaterMark : Self.waterMark)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if mode == .waiting, activity.answersEnded >= expectedEnds { mode = .open }
        guard mode != .ended else { return }
        guard mode != .closed else { return forward(data, context) }
        var bytes = unwrapInboundIn(data)
        guard mode == .open else { return queue(bytes, context) }
        activity.last = .now()
        let changeCount = lane.registry.invalidation.changeCount
        let now = Timestamp.now()
        if let entry = remembered(bytes, changeCount, now, context) { return send(entry, now, context) }
        while bytes.readableBytes > 0 {
            guard let request = bytes.withUnsafeReadableBytes({ PlainRequest($0) }) else {
                return leave(bytes, context)
            }
            guard context.channel.isWritable, let answer = lane.answer(request), canSend(answer) else {
                return hand(request, bytes, context)
            }
            let line = recorder.describe(
                method: request.isHead ? .head : .get, path: request.path, userAgent: request.conditions.userAgent)
            bytes.withUnsafeReadableBytes { bytes in
                memory?.remember(
                    answer, to: UnsafeRawBufferPointer(rebasing: bytes.prefix(request.length)),
                    isHead: request.isHead, isLast: request.isLast, line: line, changeCount: changeCount, now: .now())
            }
            memory?.forgetInTime(on: context.eventLoop)
            bytes.moveReaderIndex(forwardBy: request.length)
            send(answer, request, line, context)
            if request.isLast { return end(isFollowed: bytes.readableBytes > 0, context) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if hasWritten { context.flush() }
        hasWritten = false
        if hasForwarded { context.fireChannelReadComplete() }
        hasForwarded = false
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let begun as BegunLastAnswer:
            activity.bytesGiven += Int64(begun.rest.readableBytes)
            context.write(wrapOutboundOut(begun.rest), promise: nil)
            end(isFollowed: false, context)
        case is ChannelShouldQuiesceEvent where mode != .ended:
            mode = .closed
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Hands a plain request to the parser; if nothing else has come in, the next one may be answered here again.
    private func hand(_ request: PlainRequest, _ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        let isAll = request.length == bytes.readableBytes
        expectedEnds = activity.answersEnded + 1
        forward(NIOAny(bytes), context)
        mode = isAll && !request.isLast && activity.answersDue == 1 ? .waiting : .closed
    }

    /// Lets bytes follow the requests that the router is still answering. A client may have its answer, and ask again,
    /// before the router has ended the answer.
    private func queue(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        let request = bytes.withUnsafeReadableBytes { PlainRequest($0) }
        if let request, !request.isLast, request.length == bytes.readableBytes {
            expectedEnds += 1
        } else {
            mode = .closed
        }
        forward(NIOAny(bytes), context)
    }

    private func leave(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        mode = .closed
        forward(NIOAny(bytes), context)
    }

    private func forward(_ data: NIOAny, _ context: ChannelHandlerContext) {
        // What is answered here leaves before anything that the router may answer at once.
        if hasWritten { context.flush() }
        hasWritten = false
        hasForwarded = true
        context.fireChannelRead(data)
    }

    /// Returns whether an answer can be sent here: the operating system sends no file through TLS.
    private func canSend(_ answer: FastLane.Answer) -> Bool {
        if case .file = answer.body { return !isSecure }
        return true
    }

    /// Returns the remembered answer to what came in, or nil if it must be found.
    private func remembered(
        _ bytes: ByteBuffer, _ changeCount: UInt64, _ now: Timestamp, _ context: ChannelHandlerContext
    ) -> AnswerMemory.Entry? {
        guard let memory, context.channel.isWritable, lane.authentication.freshness.isCurrent else { return nil }
        return bytes.withUnsafeReadableBytes { memory.recall($0, changeCount: changeCount, now: now) }
    }

    private func send(_ entry: AnswerMemory.Entry, _ now: Timestamp, _ context: ChannelHandlerContext) {
        lane.noteRecalled(entry.answer)
        send(entry.answer, isHead: entry.isHead, entry.line, head: entry.head(at: now), context)
        if entry.isLast { end(isFollowed: false, context) }
    }

    private func send(
        _ answer: FastLane.Answer, _ request: PlainRequest, _ line: LoggedRequest?, _ context: ChannelHandlerContext
    ) {
        var head = context.channel.allocator.buffer(capacity: 512 + Self.joinedBodySize)
        answer.head.write(into: &head, isLast: request.isLast)
        send(answer, isHead: request.isHead, line, head: head, context)
    }

    /// Ends the connection after its last answer.
    private func end(isFollowed: Bool, _ context: ChannelHandlerContext) {
        mode = .ended
        context.flush()
        hasWritten = false
        context.fireUserInboundEventTriggered(LastAnswer(isFollowed: isFollowed))
    }

    private func send(
        _ answer: FastLane.Answer, isHead: Bool, _ line: LoggedRequest?, head: ByteBuffer,
        _ context: ChannelHandlerContext
    ) {
        hasWritten = true
        activity.bytesGiven += answer.body.length
        if let entry = answer.entry {
            lane.registry.downloads.note(
                entry, isWhole: answer.head.status == .ok, count: answer.body.length)
        }
        var head = head
        switch answer.body {
        case .none:
            context.write(wrapOutboundOut(head), promise: nil)
        case .bytes(let bytes)
        where bytes.readableBytes <= (isSecure ? Self.joinedSecretBodySize : Self.joinedBodySize):
            head.writeImmutableBuffer(bytes)
            context.write(wrapOutboundOut(head), promise: nil)
        case .bytes(let bytes):
            context.write(wrapOutboundOut(head), promise: nil)
            context.write(wrapOutboundOut(bytes), promise: nil)
        case .file(let file, let range):
            context.write(wrapOutboundOut(head), promise: nil)
            return send(file, range, answer, isHead: isHead, line, context)
        }
        record(answer, isHead: isHead, line, bytesSent: answer.body.length, since: activity.last, context)
    }

    /// Sends a range of a file by `sendfile`. `file` owns the descriptor and stays open until that is done.
    private func send(
        _ file: OpenFile, _ range: Range<Int64>, _ answer: FastLane.Answer, isHead: Bool, _ line: LoggedRequest?,
        _ context: ChannelHandlerContext
    ) {
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.number)
        let region = FileRegion(
            fileHandle: handle, readerIndex: Int(range.lowerBound), endIndex: Int(range.upperBound))
        let start = activity.last
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { result in
            // The handle gives the descriptor back unclosed; `file` closes it.
            _ = try? handle.takeDescriptorOwnership()
            withExtendedLifetime(file) {}
            self.activity.last = .now()
            // How much a broken connection has taken is unknown.
            let bytesSent = if case .success = result { answer.body.length } else { Int64(0) }
            self.record(answer, isHead: isHead, line, bytesSent: bytesSent, since: start, context)
        }
        context.write(NIOAny(region), promise: sent)
    }

    private func record(
        _ answer: FastLane.Answer, isHead: Bool, _ line: LoggedRequest?, bytesSent: Int64, since start: NIODeadline,
        _ context: ChannelHandlerContext
    ) {
        let peer = self.peer ?? context.remoteAddress.shown
        self.peer = peer
        recorder.record(
            AnsweredRequest(
                method: isHead ? .head : .get, status: answer.head.status.code, bytesSent: bytesSent,
                nanoseconds: (.now() - start).nanoseconds, kind: answer.kind, callerName: answer.callerName,
                peer: peer, isFast: true),
            line)
    }
}
