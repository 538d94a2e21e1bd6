import Glibc
import NIOCore
import NIOExtras
import NIOPosix

/// The sockets that accept the connections of one address: one for each event loop, so that the loop that accepts a
/// connection serves it, and no loop has to wake another.
struct Listener: Sendable {
    /// Sets up a connection; called on its event loop.
    typealias SetUp = @Sendable (any Channel) throws -> Void
    /// Returns the handlers of a listening socket on an event loop; called on that loop.
    typealias Handlers = @Sendable (any EventLoop) -> [any ChannelHandler]

    /// One listening socket.
    fileprivate struct Socket {
        let channel: any Channel
        let quiescing: ServerQuiescingHelper
    }

    /// Lets sockets share a port, whose connections the system then spreads over them.
    private static let sharing = ChannelOptions.socketOption(NIOBSDSocket.Option(rawValue: SO_REUSEPORT))
    /// The seconds after which the system has a connection accepted on which nothing has come in.
    ///
    /// Until then, it waits for the first bytes (`TCP_DEFER_ACCEPT`), so that a request can be answered as soon as its
    /// connection is accepted.
    fileprivate static let longestDeferral = 1

    private let sockets: [Socket]

    /// Listens at an address.
    ///
    /// The first socket alone decides whether the address is free: the others share its port (`SO_REUSEPORT`) only when
    /// it has it. If the system does not let them, the first one accepts for all loops.
    ///
    /// - Parameters:
    ///   - host: The name or address to listen on.
    ///   - port: The port, 0 for any free one.
    ///   - loops: Serve the connections.
    ///   - isShared: Whether each loop has a socket; otherwise one accepts for all.
    ///   - handlers: Stand in the pipelines of the listening sockets.
    ///   - setUp: Sets up each connection.
    /// - Returns: The open sockets.
    /// - Throws: `IOError` if it cannot listen, `SocketAddressError` if there is no such host.
    static func open(
        host: String, port: Int, on loops: any EventLoopGroup, isShared: Bool = true, handlers: @escaping Handlers,
        setUp: @escaping SetUp
    ) async throws -> Listener {
        let all = Array(loops.makeIterator())
        func bind(
            on loop: any EventLoop, serving served: any EventLoopGroup,
            _ bind: (ServerBootstrap) -> EventLoopFuture<any Channel>
        ) async throws -> Socket {
            try await Bootstrap(loop: loop, served: served, handlers: handlers, setUp: setUp).bind(bind)
        }
        guard isShared, all.count > 1 else {
            return Listener(sockets: [try await bind(on: all[0], serving: loops) { $0.bind(host: host, port: port) }])
        }
        let first = try await bind(on: all[0], serving: all[0]) { $0.bind(host: host, port: port) }
        guard let address = first.channel.localAddress else { return Listener(sockets: [first]) }
        var sockets = [first]
        do {
            try await first.channel.setOption(sharing, value: 1).get()
            for loop in all.dropFirst() {
                sockets.append(
                    try await bind(on: loop, serving: loop) {
                        $0.serverChannelOption(sharing, value: 1).bind(to: address)
                    })
            }
        } catch {
            for socket in sockets { try await socket.channel.close().get() }
            sockets.append(try await bind(on: all[0], serving: loops) { $0.bind(to: address) })
        }
        return Listener(sockets: sockets)
    }

    /// The port, also if the system chose it.
    var port: Int? { sockets.last?.channel.localAddress?.port }

    /// Accepts no more, and has every connection end with the answers that are due.
    ///
    /// - Parameter loop: The loop of the result.
    /// - Returns: When the last connection is closed.
    func shutDown(on loop: any EventLoop) -> EventLoopFuture<Void> {
        EventLoopFuture.andAllComplete(
            sockets.map { socket in
                let end = socket.channel.eventLoop.makePromise(of: Void.self)
                socket.quiescing.initiateShutdown(promise: end)
                return end.futureResult
            }, on: loop)
    }
}

/// Opens one listening socket.
private struct Bootstrap {
    let loop: any EventLoop
    /// The loops that serve the connections of the socket.
    let served: any EventLoopGroup
    let handlers: Listener.Handlers
    let setUp: Listener.SetUp

    func bind(_ bind: (ServerBootstrap) -> EventLoopFuture<any Channel>) async throws -> Listener.Socket {
        let quiescing = ServerQuiescingHelper(group: loop)
        let bootstrap = ServerBootstrap(group: loop, childGroup: served)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(
                .tcpOption(NIOBSDSocket.Option(rawValue: TCP_DEFER_ACCEPT)), value: Listener.longestDeferral
            )
            .serverChannelInitializer { [handlers] channel in
                channel.eventLoop.makeCompletedFuture {
                    let handlers = handlers(channel.eventLoop) + [quiescing.makeServerChannelHandler(channel: channel)]
                    try channel.pipeline.syncOperations.addHandlers(handlers)
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [setUp] channel in
                channel.eventLoop.makeCompletedFuture { try setUp(channel) }
            }
        return Listener.Socket(channel: try await bind(bootstrap).get(), quiescing: quiescing)
    }
}
