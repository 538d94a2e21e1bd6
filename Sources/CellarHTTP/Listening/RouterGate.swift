import NIOCore

/// Stands at the end of a new connection, and sets up the router's side when the first bytes get past the fast lane.
///
/// Until then it minds the connection: it closes an idle one, and one that the client or the server ends.
final class RouterGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum State {
        /// Nothing has come past the fast lane.
        case closed
        /// The handlers behind mind the connection.
        case open
        /// The last answer is sent: the connection ends when the client has taken it.
        case ending
    }

    private let activity: ConnectionActivity
    private let router: ConnectionRouter
    private var watch: ConnectionWatch
    private var state = State.closed
    private let checks = RegularCheck()
    /// Whether the client has taken the last answer.
    private var isTaken = false
    /// Whether the server stops, and waits for no client that has taken its last answer.
    private var isStopping = false

    init(activity: ConnectionActivity, watch: ConnectionWatch, router: ConnectionRouter) {
        self.activity = activity
        self.watch = watch
        self.router = router
    }

    func handlerAdded(context: ChannelHandlerContext) {
        checks.begin(every: watch.interval, on: context.eventLoop) { self.goesOn(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        checks.end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        checks.end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if state == .closed {
            checks.end()
            state = .open
            do {
                try router.open(context.channel, activity, watch)
            } catch {
                return context.close(promise: nil)
            }
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as LastAnswer:
            end(context, mayBeCut: !event.isFollowed)
        case ChannelEvent.inputClosed where state == .closed, is ChannelShouldQuiesceEvent where state == .closed:
            state = .ending
            closeWhenTaken(context)
        case is ChannelShouldQuiesceEvent where state == .ending:
            isStopping = true
            if isTaken { context.close(promise: nil) }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard state != .open else { return context.fireErrorCaught(error) }
        context.close(promise: nil)
    }

    /// Ends the connection after its last answer. It may be cut if no byte of the client is unread and none of the
    /// server unsent; otherwise the client would lose the answer (RFC 9112 §9.6), and is waited for, up to the idle timeout.
    private func end(_ context: ChannelHandlerContext, mayBeCut: Bool) {
        state = .ending
        if mayBeCut, context.bufferedBytes == 0 { return context.close(promise: nil) }
        // The channel closes by itself once both directions are.
        let taken = context.eventLoop.makePromise(of: Void.self)
        taken.futureResult.assumeIsolated().whenComplete { _ in
            self.isTaken = true
            if self.isStopping { context.close(promise: nil) }
        }
        context.close(mode: .output, promise: taken)
    }

    /// Closes when the operating system has taken what was written.
    private func closeWhenTaken(_ context: ChannelHandlerContext) {
        guard context.bufferedBytes > 0 else { return context.close(promise: nil) }
        let taken = context.eventLoop.makePromise(of: Void.self)
        taken.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: taken)
    }

    /// Closes an idle connection. Returns whether it goes on.
    private func goesOn(_ context: ChannelHandlerContext) -> Bool {
        guard watch.shallClose(activity, buffered: context.bufferedBytes, now: .now()) else { return true }
        context.close(promise: nil)
        return false
    }
}
