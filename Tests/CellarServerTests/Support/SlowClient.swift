import NIOCore
import NIOPosix

/// A client that reads a response only as fast as a test lets it: the rest waits in the sockets and in the server.
enum SlowClient {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Gets an address and returns the number of bytes of the whole answer, its head included, when the server has
    /// closed the connection.
    ///
    /// `onFirstBytes` is called once the beginning is there, and nothing more is read until it returns. A connection
    /// that is kept alive ends only when the server wants it.
    static func get(
        _ path: String, port: Int, isKeptAlive: Bool = false, onFirstBytes: @escaping @Sendable () async throws -> Void
    ) async throws -> Int {
        let connection: Connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: 64 << 10)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
                }
            }
        return try await connection.executeThenClose { inbound, outbound in
            let connection = isKeptAlive ? "keep-alive" : "close"
            try await outbound.write(
                ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: \(connection)\r\n\r\n"))
            var count = 0
            for try await bytes in inbound {
                if count == 0 { try await onFirstBytes() }
                count += bytes.readableBytes
            }
            return count
        }
    }
}
