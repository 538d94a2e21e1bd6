import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Registry

/// Answers what needs no waiting on the connection itself, and hands everything else to the router behind it.
///
/// It never overtakes a request that is still in the router, and lets a stopping server finish what is under way here.
final class FastLaneHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let lane: FastLane
    private let activity: ConnectionActivity
    private let isSecure: Bool
    /// A request whose end has not come yet, held back in case it can be answered here.
    private var held: HTTPRequest?
    private var heldSince = NIODeadline.uptimeNanoseconds(0)
    /// Requests that the router has and has not answered to the end.
    private var inRouter = 0
    /// Answers of this handler that have not been written to the end.
    private var inFlight = 0
    private var isStopping = false
    private var writer: ResponseBytesWriter?

    init(lane: FastLane, activity: ConnectionActivity, isSecure: Bool) {
        self.lane = lane
        self.activity = activity
        self.isSecure = isSecure
    }

    func handlerAdded(context: ChannelHandlerContext) {
        writer = ResponseBytesWriter(pipeline: context.pipeline)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        release()
    }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let request):
            guard mayAnswer(request) else {
                inRouter += 1
                return context.fireChannelRead(data)
            }
            held = request
            heldSince = activity.last
        case .body:
            giveUpHeld(context)
            context.fireChannelRead(data)
        case .end:
            guard let request = held else { return context.fireChannelRead(data) }
            guard context.channel.isWritable, let answer = lane.answer(request), canSend(answer) else {
                giveUpHeld(context)
                return context.fireChannelRead(data)
            }
            held = nil
            send(answer, to: request, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        writer?.flush()
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { inRouter = max(0, inRouter - 1) }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        // From here on the router answers, whose connection handler closes behind the last answer.
        isStopping = true
        giveUpHeld(context)
        if inFlight == 0 { context.fireUserInboundEventTriggered(event) }
    }

    /// Whether a request may be answered here at all, judged by its head.
    private func mayAnswer(_ request: HTTPRequest) -> Bool {
        guard request.method == .get || request.method == .head, inRouter == 0, writer != nil, !isStopping else {
            return false
        }
        let fields = request.headerFields
        guard !fields.contains(.expect) else { return false }
        return fields[.connection].map { $0.lowercased() == "keep-alive" } ?? true
    }

    private func canSend(_ answer: FastLane.Answer) -> Bool {
        if case .file = answer.body { return !isSecure }
        return true
    }

    private func giveUpHeld(_ context: ChannelHandlerContext) {
        guard let request = held else { return }
        held = nil
        inRouter += 1
        context.fireChannelRead(wrapInboundOut(.head(request)))
    }

    private func send(_ answer: FastLane.Answer, to request: HTTPRequest, _ context: ChannelHandlerContext) {
        inFlight += 1
        activity.gave(answer.body.length)
        let start = heldSince
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            self.finished(answer, request, since: start, result, context)
        }
        writer?.write(answer, promise: promise)
    }

    private func finished(
        _ answer: FastLane.Answer, _ request: HTTPRequest, since start: NIODeadline, _ result: Result<Void, any Error>,
        _ context: ChannelHandlerContext
    ) {
        inFlight -= 1
        activity.last = .now()
        // What a broken connection took of an answer is not known.
        let bytesSent = if case .success = result { answer.body.length } else { Int64(0) }
        lane.service.recorder.record(
            RequestRecorder.Line(
                method: request.method, path: (request.path ?? "/")[...], status: answer.status.code,
                bytesSent: bytesSent, duration: .nanoseconds((activity.last - start).nanoseconds), route: answer.route,
                callerName: answer.callerName, peer: context.remoteAddress, userAgent: request.headerFields[.userAgent])
        )
        if isStopping, inFlight == 0 { context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    private func release() {
        writer = nil
        held = nil
    }
}
