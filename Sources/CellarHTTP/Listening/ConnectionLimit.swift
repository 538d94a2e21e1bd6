import NIOCore
import Synchronization

/// Counts the connections of all listening sockets, and has them accept no more than there may be.
///
/// A socket accepts a few connections at a time, so that there may be a few more than the limit says.
final class ConnectionLimit: Sendable {
    private struct State {
        var open = 0
        /// Wakes the sockets that wait for a connection to close.
        var waiting: [@Sendable () -> Void] = []
    }

    private let most: Int
    private let state = Mutex(State())

    /// Makes a limit of so many connections.
    init(_ most: Int) {
        self.most = most
    }

    /// Returns whether a socket may accept; if not, `wake` is called once, from any thread, when it may try again.
    func admits(orElse wake: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard state.open >= most else { return true }
            state.waiting.append(wake)
            return false
        }
    }

    /// Counts a connection that is open now.
    func opened() {
        state.withLock { $0.open += 1 }
    }

    /// Counts a connection that is closed now.
    func closed() {
        let waiting = state.withLock { state -> [@Sendable () -> Void] in
            state.open -= 1
            guard state.open < most, !state.waiting.isEmpty else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for wake in waiting { wake() }
    }
}

/// Keeps one listening socket to the limit of all.
final class ConnectionLimitHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private let limit: ConnectionLimit
    private var isWaiting = false

    init(_ limit: ConnectionLimit) {
        self.limit = limit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        limit.opened()
        unwrapInboundIn(data).closeFuture.whenComplete { [limit] _ in limit.closed() }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        guard !isWaiting else { return }
        let waiter = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        isWaiting = !limit.admits { loop.execute { waiter.value.0.tryAgain(waiter.value.1) } }
        if !isWaiting { context.read() }
    }

    private func tryAgain(_ context: ChannelHandlerContext) {
        isWaiting = false
        read(context: context)
    }
}
