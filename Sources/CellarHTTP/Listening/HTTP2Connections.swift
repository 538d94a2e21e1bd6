import NIOCore
import NIOHTTP2
import NIOTLS

/// Waits for the end of the TLS handshake, and gives the connection to HTTP/2 if client and server chose it (ALPN,
/// RFC 7301).
final class ProtocolChoice: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let openHTTP2: () throws -> Void

    init(openHTTP2: @escaping () throws -> Void) {
        self.openHTTP2 = openHTTP2
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let chosen) = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        do {
            if chosen == "h2" { try openHTTP2() }
        } catch {
            return context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}

/// Sets up connections of HTTP/2 (RFC 9113).
struct HTTP2Connections: Sendable {
    /// How many streams a client may have open at once, the least that the RFC recommends (§6.5.2).
    private static let mostStreams = 100
    /// How many bytes of a request's body a client may send before the server has read them.
    private static let window = 512 << 10
    /// The longest head of a request, as for HTTP/1.1.
    private static let longestHead = 64 << 10

    let lane: FastLane?
    let recorder: RequestRecorder
    let router: ConnectionRouter
    let watch: ConnectionWatch

    /// Adds the handlers to a channel whose last handler is that of TLS; on the channel's loop.
    func open(_ channel: any Channel) throws {
        let joiner = WriteJoiner()
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        // `HTTP2FastLaneHandler` looks at requests and trailers itself, in the same pass that reads them.
        connection.headerBlockValidation = .disabled
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Self.mostStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: Self.longestHead),
            HTTP2Setting(parameter: .initialWindowSize, value: Self.window),
        ]
        let streams = HTTP2StreamMultiplexer(
            mode: .server, channel: channel, targetWindowSize: Self.window,
            outboundBufferSizeHighWatermark: 64 << 10, outboundBufferSizeLowWatermark: 32 << 10
        ) { [router, watch] stream in
            stream.eventLoop.makeCompletedFuture { try router.open(stream: stream, watch) }
        }
        // It says goodbye; our own handler decides when a connection is idle.
        let farewell = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(maxIdleTime: nil, maxAge: nil, maxGraceTime: nil, keepalive: nil))
        try channel.pipeline.syncOperations.addHandlers([
            joiner,
            NIOHTTP2Handler(mode: .server, connectionConfiguration: connection, streamConfiguration: .init()),
            farewell,
            HTTP2FastLaneHandler(lane: lane, joiner: joiner, watch: watch, recorder: recorder),
            streams,
        ])
    }
}
