import LocalFiles
import NIOCore
import PackagingStandards

/// Answers what needs no waiting on the bytes of the connection, and hands everything else to the parser and the router
/// behind it.
///
/// If only a read can tell what was committed, requests wait here for one that begins after they have arrived, in the
/// order in which they came.
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
        /// Requests that can be answered here wait until the changes are read.
        case reading
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
    /// If more bytes than this wait for a read of the changes, the router takes over, which reads no more than it can do.
    private static let mostHeld = 64 << 10

    private let lane: FastLane
    private let activity: ConnectionActivity
    private let recorder: RequestRecorder
    private let isSecure: Bool
    private var mode = Mode.open
    private var desk: FastLaneDesk?
    /// How many answers of the router have ended once it has answered all requests that it was handed.
    private var expectedEnds = 0
    private var hasWritten = false
    private var hasForwarded = false
    /// The bytes that wait for a read of the changes.
    private var held = ByteBuffer()
    /// How many of them came before that read was asked for.
    private var askedCount = 0
    /// The number of waits so far: one that was given up calls back in vain.
    private var waits = 0

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
        desk = FastLaneDesk(lane: lane, recorder: recorder, channel: context.channel)
        try? context.channel.syncOptions?.setOption(
            .writeBufferWaterMark, value: isSecure ? Self.secretWaterMark : Self.waterMark)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if mode == .waiting, activity.answersEnded >= expectedEnds { mode = .open }
        guard mode != .ended else { return }
        guard mode != .closed, let desk else { return forward(data, context) }
        let bytes = unwrapInboundIn(data)
        if mode == .reading { return hold(bytes, context) }
        guard mode == .open else { return queue(bytes, context) }
        activity.last = .now()
        let now = Timestamp.now()
        if let entry = bytes.withUnsafeReadableBytes({ desk.recall($0, now: now) }) {
            return send(entry, now, desk, context)
        }
        answer(bytes, readCount: 0, desk, context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        complete(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if mode == .reading { _ = stopWaiting(.ended) }
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if mode == .reading { _ = stopWaiting(.ended) }
    }

    /// Answers the requests in these bytes, up to one that has to wait or that the router must answer.
    ///
    /// - Parameters:
    ///   - bytes: What has come in.
    ///   - readCount: How many of the bytes came before a read of the changes that has ended.
    ///   - desk: Finds the answers.
    ///   - context: The place in the pipeline.
    private func answer(
        _ bytes: ByteBuffer, readCount: Int, _ desk: FastLaneDesk, _ context: ChannelHandlerContext
    ) {
        var bytes = bytes
        var readCount = readCount
        while bytes.readableBytes > 0 {
            guard let request = bytes.withUnsafeReadableBytes({ PlainRequest($0) }) else {
                return leave(bytes, context)
            }
            let isRead = request.length <= readCount
            let found = bytes.withUnsafeReadableBytes { bytes in
                desk.answer(request, bytes, canSendFiles: !isSecure, isRead: isRead)
            }
            guard let (answer, line) = found else {
                let mayWait =
                    !isRead
                    && bytes.withUnsafeReadableBytes { bytes in
                        desk.needsRead(request, bytes, canSendFiles: !isSecure)
                    }
                return mayWait ? wait(bytes, desk, context) : hand(request, bytes, context)
            }
            bytes.moveReaderIndex(forwardBy: request.length)
            readCount -= request.length
            send(answer, request, line, desk, context)
            if request.isLast { return end(isFollowed: bytes.readableBytes > 0, context) }
        }
    }

    /// Has these bytes wait for a read of the changes.
    private func wait(_ bytes: ByteBuffer, _ desk: FastLaneDesk, _ context: ChannelHandlerContext) {
        mode = .reading
        activity.waitsForRead = true
        held = bytes
        askedCount = bytes.readableBytes
        let number = waits
        desk.waitForRead { [weak self] isRead in
            guard let self, self.mode == .reading, self.waits == number else { return }
            self.goOn(isRead: isRead, desk, context)
        }
    }

    /// Goes on with the bytes that waited; the router finds out itself what is wrong if the changes could not be read.
    private func goOn(isRead: Bool, _ desk: FastLaneDesk, _ context: ChannelHandlerContext) {
        let readCount = askedCount
        let bytes = stopWaiting(isRead ? .open : .closed)
        if !isRead {
            forward(NIOAny(bytes), context)
        } else if readCount == bytes.readableBytes,
            let entry = bytes.withUnsafeReadableBytes({ desk.recall($0, now: .now(), isRead: true) })
        {
            send(entry, .now(), desk, context)
        } else {
            answer(bytes, readCount: readCount, desk, context)
        }
        complete(context)
    }

    /// Lets bytes follow those that wait for a read of the changes.
    private func hold(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        var bytes = bytes
        held.writeBuffer(&bytes)
        if held.readableBytes > Self.mostHeld { handHeld(context) }
    }

    /// Leaves what waits for a read of the changes, and the rest of the connection, to the router.
    private func handHeld(_ context: ChannelHandlerContext) {
        forward(NIOAny(stopWaiting(.closed)), context)
    }

    /// Ends the wait, and returns the bytes that waited.
    private func stopWaiting(_ next: Mode) -> ByteBuffer {
        mode = next
        waits += 1
        activity.waitsForRead = false
        defer { held = ByteBuffer() }
        return held
    }

    private func complete(_ context: ChannelHandlerContext) {
        if hasWritten { context.flush() }
        hasWritten = false
        if hasForwarded { context.fireChannelReadComplete() }
        hasForwarded = false
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if mode == .reading {
            // The client has ended its side, or the server stops: the router answers, and ends the connection then.
            handHeld(context)
            complete(context)
        }
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

    private func send(
        _ entry: AnswerMemory.Entry, _ now: Timestamp, _ desk: FastLaneDesk, _ context: ChannelHandlerContext
    ) {
        send(entry.answer, isHead: entry.isHead, entry.line, head: entry.head(at: now), desk, context)
        if entry.isLast { end(isFollowed: false, context) }
    }

    private func send(
        _ answer: FastLane.Answer, _ request: PlainRequest, _ line: LoggedRequest?, _ desk: FastLaneDesk,
        _ context: ChannelHandlerContext
    ) {
        var head = context.channel.allocator.buffer(capacity: 512 + Self.joinedBodySize)
        answer.head.write(into: &head, isLast: request.isLast)
        send(answer, isHead: request.isHead, line, head: head, desk, context)
    }

    /// Ends the connection after its last answer.
    private func end(isFollowed: Bool, _ context: ChannelHandlerContext) {
        mode = .ended
        context.flush()
        hasWritten = false
        context.fireUserInboundEventTriggered(LastAnswer(isFollowed: isFollowed))
    }

    private func send(
        _ answer: FastLane.Answer, isHead: Bool, _ line: LoggedRequest?, head: ByteBuffer, _ desk: FastLaneDesk,
        _ context: ChannelHandlerContext
    ) {
        hasWritten = true
        activity.bytesGiven += answer.body.length
        desk.note(answer)
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
            return send(file, range, answer, isHead: isHead, line, desk, context)
        }
        desk.record(answer, isHead: isHead, line, bytesSent: answer.body.length, since: activity.last)
    }

    /// Sends a range of a file by `sendfile`. `file` owns the descriptor and stays open until that is done.
    private func send(
        _ file: OpenFile, _ range: Range<Int64>, _ answer: FastLane.Answer, isHead: Bool, _ line: LoggedRequest?,
        _ desk: FastLaneDesk, _ context: ChannelHandlerContext
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
            desk.record(answer, isHead: isHead, line, bytesSent: bytesSent, since: start)
        }
        context.write(NIOAny(region), promise: sent)
    }
}
