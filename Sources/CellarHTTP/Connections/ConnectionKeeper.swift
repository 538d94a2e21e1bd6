import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Minds a connection: every request to the router and every answer of the router passes through it.
///
/// It ends connections that are idle or too slow in either direction, invites bodies (`Expect: 100-continue`), reads and
/// drops a bounded rest of a body that was answered early, so that the client can read the answer, and answers what is
/// no HTTP.
final class ConnectionKeeper: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let activity: ConnectionActivity
    private let recorder: RequestRecorder
    private var watch: ConnectionWatch
    private var dropping: DroppedBody?
    /// Whether the client waits for an invitation to send its body.
    private var awaitsInvitation = false
    /// Whether the connection ends with the last answer that is due.
    private var closesAfterAnswer = false
    /// Whether the last answer is sent: what still comes in is dropped until the client closes.
    private var isLeaving = false
    private let checks = RegularCheck()
    private var reasonWriter: ReasonPhraseWriter?

    init(activity: ConnectionActivity, watch: ConnectionWatch, recorder: RequestRecorder) {
        self.activity = activity
        self.watch = watch
        self.recorder = recorder
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        // Tests of this handler alone have no decoder.
        if let decoder = try? pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) {
            try? pipeline.addHandler(RequestHeadHandler(), position: .after(decoder))
        }
        reasonWriter = ReasonPhraseWriter(pipeline: context.pipeline)
        checks.begin(every: watch.interval, on: context.eventLoop) { self.goesOn(context) }
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
        // No handler behind this one asks for what is dropped.
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

    /// Closes once the client has taken what was sent: a stopping server closes a connection as soon as it has written
    /// the end of an answer, which would lose the rest. The timeouts for idle clients go past this.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        context.flush()
        guard mode == .all, context.bufferedBytes > 0 else { return context.close(mode: mode, promise: promise) }
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
        checks.end()
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

    /// Returns the head of an answer, with `Connection: close` if it is the last one.
    private func announcingClose(_ response: HTTPResponse) -> HTTPResponse {
        guard activity.answersDue == 1 else { return response }
        // A client that was not invited may send its body or not (RFC 9110 §10.1.1).
        if awaitsInvitation { closesAfterAnswer = true }
        guard closesAfterAnswer else { return response }
        var response = response
        response.headerFields[.connection] = "close"
        return response
    }

    /// Ends an answer of the router.
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

    /// Answers what the parser cannot read, and leaves.
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
            AnsweredRequest(
                method: ParserRefusal.method, status: status.code, bytesSent: Int64(text.utf8.count), nanoseconds: 0,
                kind: .malformed, callerName: nil, peer: context.remoteAddress.shown),
            path: "-", userAgent: nil)
        leave(context)
    }

    /// Ends the connection so that the client can still read the answer: it is cut when the client closes, or when the
    /// time for that is over.
    private func leave(_ context: ChannelHandlerContext) {
        guard !isLeaving else { return }
        isLeaving = true
        dropping = dropping ?? DroppedBody(since: .now())
        context.flush()
        context.close(mode: .output, promise: nil)
        context.read()
    }

    /// Closes a connection that is idle or too slow. Returns whether it goes on.
    private func goesOn(_ context: ChannelHandlerContext) -> Bool {
        let isOverdue = dropping.map { $0.isOverdue(now: .now()) } ?? false
        if !isOverdue, !watch.shallClose(activity, buffered: context.bufferedBytes, now: .now()) { return true }
        context.close(promise: nil)
        return false
    }
}

/// Gives heads that mean the same one form, while the version of the protocol is still known.
///
/// Behind it a head has `Connection: close`, spelled `close`, exactly if the connection ends with the answer: also if a
/// client speaks HTTP/1.0, which need not name a host and knows no `Expect`.
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

    /// Returns the address to which the client connected, as a Host header.
    private static func host(_ address: SocketAddress?) -> String {
        guard let address, let ip = address.ipAddress, let port = address.port else { return "localhost" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}

/// Writes heads of answers with a reason phrase of their own, which twine and pip print, since the codec writes standard
/// ones only.
private struct ReasonPhraseWriter {
    private let codec: ChannelHandlerContext

    /// Finds the codec, or returns nil if the pipeline has none.
    init?(pipeline: ChannelPipeline) {
        guard let codec = try? pipeline.syncOperations.context(handlerType: HTTP1ToHTTPServerCodec.self) else {
            return nil
        }
        self.codec = codec
    }

    /// Writes a head past the codec, or returns false, with nothing written, if its phrase is the standard one.
    func write(_ response: HTTPResponse, promise: EventLoopPromise<Void>?) -> Bool {
        var head = HTTPResponseHead(response)
        let reason = response.status.reasonPhrase
        guard head.status.reasonPhrase != reason, !reason.isEmpty else { return false }
        head.status = .custom(code: UInt(response.status.code), reasonPhrase: reason)
        codec.write(NIOAny(HTTPServerResponsePart.head(head)), promise: promise)
        return true
    }
}

/// The answers to bytes that are no request.
private enum ParserRefusal {
    /// The method that the log shows.
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

/// The rest of the body of a request that is already answered.
///
/// Many clients read the answer only after they have sent everything, and never if the connection breaks before. So the
/// rest is read and dropped, up to a bound.
struct DroppedBody {
    /// The most bytes that are dropped.
    static let maxSize = 1 << 30
    /// The longest time for which bytes are dropped.
    static let maxTime = TimeAmount.seconds(120)

    private let deadline: NIODeadline
    private var size = 0

    init(since start: NIODeadline) {
        deadline = start + Self.maxTime
    }

    /// Drops bytes; returns false if a bound is reached.
    mutating func take(_ count: Int, now: NIODeadline) -> Bool {
        size += count
        return size <= Self.maxSize && !isOverdue(now: now)
    }

    /// Returns whether the time is over.
    func isOverdue(now: NIODeadline) -> Bool { now >= deadline }
}
