import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Minds a connection, whoever answers on it: every request and every answer of the router passes here.
///
/// It ends connections that are idle or too slow in either direction, invites bodies (`Expect: 100-continue`), takes in
/// and drops a bounded rest of a body that was answered early, so that the client can read why, and answers what is no
/// HTTP at all.
final class ConnectionKeeper: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let activity: ConnectionActivity
    private let recorder: RequestRecorder
    private let front: (any RemovableChannelHandler)?
    private var watch: ConnectionWatch
    private var dropping: DroppedBody?
    /// Whether the client waits for an invitation to send its body.
    private var awaitsInvitation = false
    /// Whether the connection ends with the last answer that is due.
    private var closesAfterAnswer = false
    /// Whether all has been said: what still comes in is dropped until the client closes.
    private var isLeaving = false
    private var nextCheck: Scheduled<Void>?
    private var reasonWriter: ReasonPhraseWriter?

    /// Makes a keeper that puts a handler of bytes, if there is one, before everything else on the connection.
    init(
        activity: ConnectionActivity, watch: ConnectionWatch, recorder: RequestRecorder,
        front: (any RemovableChannelHandler)? = nil
    ) {
        self.activity = activity
        self.front = front
        self.watch = watch
        self.recorder = recorder
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        // Without a decoder (in tests of this handler alone) there are no heads to be made alike.
        if let decoder = try? pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) {
            try? pipeline.addHandler(RequestHeadHandler(), position: .after(decoder))
        }
        if let front, let encoder = try? pipeline.handler(type: HTTPResponseEncoder.self) {
            try? pipeline.addHandler(front, position: .before(encoder))
        }
        reasonWriter = ReasonPhraseWriter(pipeline: context.pipeline)
        scheduleCheck(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        release()
    }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        activity.last = .now()
        switch unwrapInboundIn(data) {
        case .head(let request):
            guard !isLeaving else { return }
            begin(request)
            context.fireChannelRead(data)
        case .body(let bytes):
            awaitsInvitation = false
            watch.received(bytes.readableBytes)
            guard var dropping else { return context.fireChannelRead(data) }
            if !dropping.take(bytes.readableBytes, now: activity.last) { context.close(promise: nil) }
            self.dropping = dropping
        case .end:
            activity.isReceiving = false
            guard !isLeaving else { return }
            dropping = nil
            context.fireChannelRead(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Behind this handler nobody asks for what is dropped here.
        if dropping != nil { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let response) where response.status.kind != .informational:
            let response = announcingClose(response)
            if reasonWriter?.write(response, promise: promise) == true { return }
            context.write(wrapOutboundOut(.head(response)), promise: promise)
        case .head:
            context.write(data, promise: promise)
        case .body(let bytes):
            activity.bytesGiven += Int64(bytes.readableBytes)
            context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            end(context)
        }
    }

    /// A stopping server closes a connection as soon as it has made the end of an answer, which would throw away what
    /// the client has not taken yet: such a close waits for that. Idle clients are closed past this.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        context.flush()
        guard mode == .all, Self.buffered(context) > 0 else { return context.close(mode: mode, promise: promise) }
        let taken = context.eventLoop.makePromise(of: Void.self)
        taken.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: promise) }
        context.close(mode: .output, promise: taken)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is BodyInvitation else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
        guard awaitsInvitation, activity.answersDue == 1 else { return }
        awaitsInvitation = false
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isLeaving else { return }
        guard let error = error as? HTTPParserError, activity.answersDue == 0 else {
            return context.fireErrorCaught(error)
        }
        refuse(error, context)
    }

    private func release() {
        nextCheck?.cancel()
        nextCheck = nil
        reasonWriter = nil
    }

    private func begin(_ request: HTTPRequest) {
        activity.answersDue += 1
        activity.isReceiving = true
        watch.beginBody(now: activity.last)
        awaitsInvitation = Self.announcesBody(request) && request.headerFields[.expect]?.lowercased() == "100-continue"
        closesAfterAnswer = request.headerFields[.connection] == "close"
    }

    private static func announcesBody(_ request: HTTPRequest) -> Bool {
        let fields = request.headerFields
        return fields.contains(.transferEncoding) || (fields[.contentLength] ?? "0") != "0"
    }

    /// Returns the head of an answer, saying so if it is the connection's last.
    private func announcingClose(_ response: HTTPResponse) -> HTTPResponse {
        guard activity.answersDue == 1 else { return response }
        // Nobody knows whether a client that was not invited sends its body (RFC 9110 §10.1.1).
        if awaitsInvitation { closesAfterAnswer = true }
        guard closesAfterAnswer else { return response }
        var response = response
        response.headerFields[.connection] = "close"
        return response
    }

    /// An answer of the router has ended.
    private func end(_ context: ChannelHandlerContext) {
        activity.last = .now()
        activity.answersDue = max(0, activity.answersDue - 1)
        activity.answersEnded += 1
        guard activity.answersDue == 0 else { return }
        if activity.isReceiving {
            dropping = DroppedBody(since: activity.last)
            context.read()
        }
        if closesAfterAnswer { leave(context) }
    }

    /// Answers what the parser could not read, and leaves.
    private func refuse(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
        let (status, text) = ParserRefusal.answer(to: error)
        let head = HTTPResponse(
            status: status,
            headerFields: [
                .contentType: "text/plain; charset=utf-8", .contentLength: String(text.utf8.count),
                .connection: "close",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(string: text))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        recorder.record(
            RequestRecorder.Line(
                method: ParserRefusal.method, path: "-", status: status.code, bytesSent: Int64(text.utf8.count),
                duration: .zero, route: "malformed", callerName: nil, peer: context.remoteAddress, userAgent: nil))
        leave(context)
    }

    /// Ends the connection so that the client can still read what was sent: it is cut when the client closes, or when
    /// the time for that is over.
    private func leave(_ context: ChannelHandlerContext) {
        guard !isLeaving else { return }
        isLeaving = true
        dropping = dropping ?? DroppedBody(since: .now())
        context.flush()
        context.close(mode: .output, promise: nil)
        context.read()
    }

    private func scheduleCheck(_ context: ChannelHandlerContext) {
        nextCheck = context.eventLoop.assumeIsolated().scheduleTask(in: watch.interval) { self.check(context) }
    }

    private func check(_ context: ChannelHandlerContext) {
        let isOverdue = dropping.map { $0.isOverdue(now: .now()) } ?? false
        guard !isOverdue, !watch.shallClose(activity, buffered: Self.buffered(context), now: .now()) else {
            return context.close(promise: nil)
        }
        scheduleCheck(context)
    }

    /// Returns bytes that the operating system has not taken yet.
    private static func buffered(_ context: ChannelHandlerContext) -> Int64 {
        let option = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return Int64(option ?? 0)
    }
}

/// Makes one form of the heads that mean the same, before the version of the protocol is forgotten.
///
/// Behind it `Connection: close` stands, as `close`, exactly if the connection ends with the answer: also if a client
/// speaks HTTP/1.0, which need not name a host and knows nothing of `Expect`.
final class RequestHeadHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), needsChange(head) else {
            return context.fireChannelRead(data)
        }
        if isOld(head) {
            head.headers.remove(name: "Expect")
            if !head.headers.contains(name: "Host") {
                head.headers.add(name: "Host", value: Self.host(context.localAddress))
            }
        }
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private func needsChange(_ head: HTTPRequestHead) -> Bool {
        isOld(head) || head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "close" }
    }

    private func isOld(_ head: HTTPRequestHead) -> Bool {
        head.version.major < 1 || (head.version.major == 1 && head.version.minor == 0)
    }

    /// Returns the address that the client connected to, as a Host header writes it.
    private static func host(_ address: SocketAddress?) -> String {
        guard let address, let ip = address.ipAddress, let port = address.port else { return "localhost" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}

/// Writes heads of answers that have a reason phrase of their own, in whose place the codec would put the standard one:
/// twine and pip print it.
private struct ReasonPhraseWriter {
    private let codec: ChannelHandlerContext

    /// Finds the codec, or nil if the pipeline has none.
    init?(pipeline: ChannelPipeline) {
        guard let codec = try? pipeline.syncOperations.context(handlerType: HTTP1ToHTTPServerCodec.self) else {
            return nil
        }
        self.codec = codec
    }

    /// Writes a head past the codec; returns false, with nothing written, if the standard phrase serves.
    func write(_ response: HTTPResponse, promise: EventLoopPromise<Void>?) -> Bool {
        var head = HTTPResponseHead(response)
        let reason = response.status.reasonPhrase
        guard head.status.reasonPhrase != reason, !reason.isEmpty else { return false }
        head.status = .custom(code: UInt(response.status.code), reasonPhrase: reason)
        codec.write(NIOAny(HTTPServerResponsePart.head(head)), promise: promise)
        return true
    }
}

/// What is answered to bytes that are no request.
private enum ParserRefusal {
    /// The method that the log shows for them.
    static let method = HTTPRequest.Method("UNREADABLE") ?? .get

    /// Returns the status and the text for an error of the parser.
    static func answer(to error: HTTPParserError) -> (status: HTTPResponse.Status, text: String) {
        switch error {
        case .headerOverflow:
            (.requestHeaderFieldsTooLarge, "The request's address or headers are too long.\n")
        case .invalidVersion:
            (.httpVersionNotSupported, "Use HTTP/1.1.\n")
        default:
            (.badRequest, "The request is not readable HTTP.\n")
        }
    }
}

/// The rest of a request's body that nobody wants any more, since the request is answered.
///
/// Many clients read the answer only after they have sent everything, and never if the connection breaks before. So
/// the rest is taken in and dropped, up to a bound.
struct DroppedBody {
    /// The most bytes that are dropped.
    static let maxSize = 1 << 30
    /// How long bytes are dropped.
    static let maxTime = TimeAmount.seconds(120)

    private let deadline: NIODeadline
    private var size = 0

    init(since start: NIODeadline) {
        deadline = start + Self.maxTime
    }

    /// Drops some bytes; returns false if the bound is reached.
    mutating func take(_ count: Int, now: NIODeadline) -> Bool {
        size += count
        return size <= Self.maxSize && !isOverdue(now: now)
    }

    /// Returns whether the client has had its time.
    func isOverdue(now: NIODeadline) -> Bool { now >= deadline }
}
