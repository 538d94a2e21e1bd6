import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A server on this machine that answers as a test wants it to, well or badly, and remembers what it was asked.
final class TestServer: Sendable {
    struct Request: Sendable {
        let method: String
        let target: String
        let headers: HTTPHeaders

        /// The target's path.
        var path: String { String(target.prefix { $0 != "?" }) }
    }

    /// What the server does for a request, one step after the other.
    enum Step: Sendable {
        case send(ByteBuffer)
        case wait(Duration)
        /// Sends the bytes again and again, with a pause between.
        case repeatForever(ByteBuffer, every: Duration)
        /// Does nothing more, and keeps the connection.
        case hang
        /// Reads nothing any more, so that nothing is answered: neither a request nor the end of TLS.
        case stopReading
        /// Closes the connection properly.
        case close
        /// Breaks the connection off (RST).
        case reset
        /// Answers a CONNECT, and passes bytes on to this port of 127.0.0.1.
        case tunnel(Int)
    }

    typealias Answering = @Sendable (Request) -> [Step]

    private struct State {
        var requests: [Request] = []
        var connections = 0
        var openConnections = 0
    }

    let host: String
    let port: Int
    private let scheme: String
    private let state: Shared
    private let channel: any Channel

    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    /// `http://127.0.0.1:12345`, without a `/` at its end.
    var url: String { "\(scheme)://\(host):\(port)" }
    var requests: [Request] { state.state.withLock { $0.requests } }
    /// Connections since the start.
    var connections: Int { state.state.withLock { $0.connections } }
    var openConnections: Int { state.state.withLock { $0.openConnections } }

    private init(host: String, scheme: String, channel: any Channel, state: Shared) throws {
        self.host = host
        self.scheme = scheme
        self.channel = channel
        self.state = state
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        self.port = port
    }

    /// Runs a server while the work runs.
    @discardableResult
    static func run<Value: Sendable>(
        host: String = "127.0.0.1", tls: Bool = false, _ answering: @escaping Answering,
        _ work: @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        let shared = Shared()
        let context = tls ? try Self.context() : nil
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    shared.state.withLock { state in
                        state.connections += 1
                        state.openConnections += 1
                    }
                    channel.closeFuture.whenComplete { _ in shared.state.withLock { $0.openConnections -= 1 } }
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    let handler = TestServerHandler { request in
                        shared.state.withLock { $0.requests.append(request) }
                        return answering(request)
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: host, port: 0).get()
        let server = try TestServer(host: host, scheme: tls ? "https" : "http", channel: channel, state: shared)
        do {
            let value = try await work(server)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private static func context() throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(TestCertificate.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(TestCertificate.key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key)))
    }
}

extension TestServer.Step {
    static func text(_ text: String) -> TestServer.Step { .send(ByteBuffer(string: text)) }
}

extension [TestServer.Step] {
    /// A whole answer, with its Content-Length unless the headers frame it otherwise.
    static func answer(
        _ status: Int, _ headers: [(String, String)] = [], _ body: ByteBuffer = ByteBuffer(), isHead: Bool = false
    ) -> [TestServer.Step] {
        var text = "HTTP/1.1 \(status) Text\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if status != 304, !headers.contains(where: { ["Content-Length", "Transfer-Encoding"].contains($0.0) }) {
            text += "Content-Length: \(body.readableBytes)\r\n"
        }
        return [.text(text + "\r\n")] + (isHead || body.readableBytes == 0 ? [] : [.send(body)])
    }

    static func redirect(to location: String, _ status: Int = 302) -> [TestServer.Step] {
        answer(status, [("Location", location)], ByteBuffer(string: "there"))
    }

    static func html(_ text: String) -> [TestServer.Step] {
        answer(200, [("Content-Type", "text/html")], ByteBuffer(string: text))
    }
}
