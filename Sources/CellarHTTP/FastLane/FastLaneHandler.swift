import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Registry

/// Answers what needs no waiting on the connection itself, and hands everything else to the router behind it.
///
/// It stands where every request of a connection passes, so it also minds the connection: it closes one that has been
/// idle, answers `Expect: 100-continue`, and lets a stopping server finish what is under way. It never overtakes a
/// request that is still in the router.
final class FastLaneHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let lane: FastLane
    private let idleTimeout: TimeAmount
    private let isSecure: Bool
    /// A request whose end has not come yet, held back in case it can be answered here.
    private var held: HTTPRequest?
    private var heldSince = NIODeadline.uptimeNanoseconds(0)
    /// Requests that the router has and has not answered to the end.
    private var inRouter = 0
    /// Answers of this handler that have not been written to the end.
    private var inFlight = 0
    /// Answers of the router whose last bytes wait for the client to take what came before.
    private var unwritten = 0
    /// A close that waits for those.
    private var heldClose: EventLoopPromise<Void>?
    private var isReceiving = false
    private var isStopping = false
    private var lastActivity = NIODeadline.now()
    private var idleTask: Scheduled<Void>?
    private var writer: ResponseBytesWriter?

    init(lane: FastLane, idleTimeout: TimeAmount, isSecure: Bool) {
        self.lane = lane
        self.idleTimeout = idleTimeout
        self.isSecure = isSecure
    }

    func handlerAdded(context: ChannelHandlerContext) {
        writer = ResponseBytesWriter(pipeline: context.pipeline)
        scheduleIdleCheck(context, in: idleTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        release()
    }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastActivity = .now()
        switch unwrapInboundIn(data) {
        case .head(let request):
            isReceiving = true
            guard mayAnswer(request, context) else {
                continueIfExpected(request, context)
                inRouter += 1
                return context.fireChannelRead(data)
            }
            held = request
            heldSince = lastActivity
        case .body:
            giveUpHeld(context)
            context.fireChannelRead(data)
        case .end:
            isReceiving = false
            guard let request = held else { return context.fireChannelRead(data) }
            held = nil
            guard inRouter == 0, context.channel.isWritable, let answer = lane.answer(request), canSend(answer) else {
                inRouter += 1
                context.fireChannelRead(wrapInboundOut(.head(request)))
                return context.fireChannelRead(data)
            }
            send(answer, to: request, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        writer?.flush()
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let response) where writer?.writeHead(withOwnReasonOf: response, promise: promise) == true:
            return
        case .end:
            inRouter = max(0, inRouter - 1)
            lastActivity = .now()
            context.write(data, promise: countingUntilWritten(promise, context))
        default:
            context.write(data, promise: promise)
        }
    }

    /// A stopping server closes connections as soon as it has made the end of an answer, which would throw away what
    /// the client has not taken yet: such a close waits. Idle clients are closed past this.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, unwritten > 0 || inFlight > 0 else { return context.close(mode: mode, promise: promise) }
        let held = heldClose ?? context.eventLoop.makePromise(of: Void.self)
        heldClose = held
        if let promise { held.futureResult.cascade(to: promise) }
        context.flush()
    }

    private func countingUntilWritten(
        _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext
    ) -> EventLoopPromise<Void> {
        unwritten += 1
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.unwritten -= 1
            self.closeIfHeld(context)
        }
        return promise
    }

    private func closeIfHeld(_ context: ChannelHandlerContext) {
        guard unwritten == 0, inFlight == 0, let promise = heldClose else { return }
        heldClose = nil
        context.close(promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent, inFlight > 0 else {
            return context.fireUserInboundEventTriggered(event)
        }
        isStopping = true
    }

    /// Whether a request may be answered here at all, judged by its head.
    private func mayAnswer(_ request: HTTPRequest, _ context: ChannelHandlerContext) -> Bool {
        guard request.method == .get || request.method == .head, inRouter == 0, writer != nil else { return false }
        let fields = request.headerFields
        return !fields.contains(.connection) || fields[.connection]?.lowercased() == "keep-alive"
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
        lastActivity = .now()
        lane.service.recorder.record(
            RequestRecorder.Line(
                method: request.method, path: (request.path ?? "/")[...], status: answer.status.code,
                bytesSent: answer.body.length, duration: .nanoseconds((lastActivity - start).nanoseconds),
                route: answer.route, callerName: answer.callerName, peer: context.remoteAddress,
                userAgent: request.headerFields[.userAgent]))
        if isStopping, inFlight == 0 {
            isStopping = false
            context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        closeIfHeld(context)
    }

    /// Tells a client that waits for it to send its body (RFC 9110 §10.1.1).
    private func continueIfExpected(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
        guard inRouter == 0, let expectation = request.headerFields[.expect],
            expectation.lowercased() == "100-continue"
        else { return }
        writer?.writeContinue()
    }

    private func scheduleIdleCheck(_ context: ChannelHandlerContext, in delay: TimeAmount) {
        idleTask = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { self.checkIdle(context) }
    }

    /// Closes a connection on which nothing has happened: neither a request under way, nor one sent whole.
    private func checkIdle(_ context: ChannelHandlerContext) {
        let isWaitingForUs = (inRouter > 0 && !isReceiving) || inFlight > 0
        let deadline = lastActivity + idleTimeout
        guard !isWaitingForUs, deadline <= .now() else {
            let delay = isWaitingForUs ? idleTimeout : deadline - .now()
            return scheduleIdleCheck(context, in: max(delay, .milliseconds(10)))
        }
        context.close(promise: nil)
    }

    private func release() {
        idleTask?.cancel()
        idleTask = nil
        writer = nil
        held = nil
    }
}
