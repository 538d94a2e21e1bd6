package import NIOCore
import ServiceLifecycle

/// Listens, and serves each connection until the shutdown.
///
/// A connection begins with the fast lane alone. The parser of HTTP and the router's task are set up only when a request
/// needs them, since they cost more than most answers. Under TLS a client may choose HTTP/2.
package struct WebServer: Service, CustomStringConvertible {
    /// What the configuration says of connections.
    package struct Settings: Sendable {
        let host: String
        let port: Int
        let idleTimeout: TimeAmount
        let maxConnections: Int
        let hasFastLane: Bool
        let prepare: (@Sendable (any Channel) throws -> Void)?

        /// Gathers the settings.
        ///
        /// - Parameters:
        ///   - host: The name or address to listen on.
        ///   - port: The port, 0 for any free one.
        ///   - idleTimeout: How long a connection may be idle.
        ///   - maxConnections: How many connections may be open; more wait to be accepted.
        ///   - hasFastLane: Whether the fast lane answers; without it the router gives every answer, the same ones.
        ///   - prepare: Adds what a connection needs before anything else: the handler of TLS.
        package init(
            host: String, port: Int, idleTimeout: TimeAmount, maxConnections: Int = 1000, hasFastLane: Bool = true,
            prepare: (@Sendable (any Channel) throws -> Void)? = nil
        ) {
            self.host = host
            self.port = port
            self.idleTimeout = idleTimeout
            self.maxConnections = maxConnections
            self.hasFastLane = hasFastLane
            self.prepare = prepare
        }
    }

    package var description: String { "web server" }

    private let settings: Settings
    private let lane: FastLane?
    private let recorder: RequestRecorder
    private let router: ConnectionRouter
    private let watch: ConnectionWatch
    private let loops: any EventLoopGroup
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - settings: What the configuration says.
    ///   - watch: Decides for each connection whether it is still in use.
    ///   - router: Serves the requests that the fast lane does not answer.
    ///   - lane: The fast lane.
    ///   - recorder: Counts its requests.
    ///   - loops: Serve the connections.
    ///   - onListening: Called once the server accepts connections.
    init(
        _ settings: Settings, watch: ConnectionWatch, router: ConnectionRouter, lane: FastLane,
        recorder: RequestRecorder, on loops: any EventLoopGroup,
        onListening: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        self.settings = settings
        self.watch = watch
        self.router = router
        self.loops = loops
        self.lane = settings.hasFastLane ? lane : nil
        self.recorder = recorder
        self.onListening = onListening
    }

    /// Serves until the shutdown, and returns when the last connection is closed.
    ///
    /// - Throws: `IOError` if it cannot listen.
    package func run() async throws {
        let listener = try await listen()
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await onListening(listener.port ?? settings.port)
                await router.serve()
            } onGracefulShutdown: {
                shutDown(listener)
            }
        } onCancel: {
            shutDown(listener)
        }
    }

    private func listen() async throws -> Listener {
        let limit = ConnectionLimit(settings.maxConnections)
        return try await Listener.open(
            host: settings.host, port: settings.port, on: loops,
            handlers: { _ in
                let limit = ConnectionLimitHandler(limit)
                // Under TLS there is no request before the handshake.
                guard let lane, settings.prepare == nil else { return [limit] }
                return [ShortConnections(lane: lane, recorder: recorder), limit]
            },
            setUp: { try setUp($0) })
    }

    private func setUp(_ channel: any Channel) throws {
        let activity = ConnectionActivity()
        let front = lane.map {
            FastLaneHandler(lane: $0, activity: activity, recorder: recorder, isSecure: settings.prepare != nil)
        }
        let gate = RouterGate(activity: activity, watch: watch, router: router)
        let pipeline = channel.pipeline.syncOperations
        if let prepare = settings.prepare {
            try prepare(channel)
            // HTTP/1.1 stands ready, and minds the connection during the handshake.
            let choice = ProtocolChoice {
                if let front { pipeline.removeHandler(front, promise: nil) }
                pipeline.removeHandler(gate, promise: nil)
                try HTTP2Connections(lane: lane, recorder: recorder, router: router, watch: watch).open(channel)
            }
            try pipeline.addHandler(choice)
        }
        if let front { try pipeline.addHandler(front) }
        try pipeline.addHandler(gate)
    }

    /// Accepts no more, and lets every connection end with the answers that are due.
    private func shutDown(_ listener: Listener) {
        listener.shutDown(on: loops.any()).whenComplete { _ in router.stop() }
    }
}
