import NIOCore
import NIOPosix
import Synchronization

/// A server on this machine that answers each path as a test says, and remembers what it was asked.
final class TestSite: Sendable {
    enum Answer: Sendable {
        case body(String)
        case status(Int, location: String)
        /// Nothing, ever.
        case silence
        /// Endless space, piece by piece.
        case drip
    }

    let port: Int
    private let channel: any Channel
    private let state: Shared

    private final class Shared: Sendable {
        let state = Mutex<(answers: [String: Answer], asked: [String])>(([:], []))
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var asked: [String] { state.state.withLock { $0.asked } }

    func set(_ path: String, _ answer: Answer) {
        state.state.withLock { $0.answers[path] = answer }
    }

    private init(_ channel: any Channel, _ state: Shared) throws {
        self.channel = channel
        self.state = state
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        self.port = port
    }

    /// Runs a site while the work runs.
    static func run(_ work: (TestSite) async throws -> Void) async throws {
        let state = Shared()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await work(TestSite(channel, state))
        } catch {
            try? await channel.close().get()
            throw error
        }
        try await channel.close().get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let state: Shared
        private var text = ""

        init(_ state: Shared) {
            self.state = state
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard text.contains("\r\n\r\n") else { return }
            let path = text.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            text = ""
            let answer = state.state.withLock { state -> Answer? in
                state.asked.append(path)
                return state.answers[path]
            }
            switch answer {
            case .body(let body)?:
                send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)", context)
            case .status(let status, let location)?:
                send("HTTP/1.1 \(status) No\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n", context)
            case nil: send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", context)
            case .silence?: break
            case .drip?:
                send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", context)
                drip(context)
            }
        }

        private func drip(_ context: ChannelHandlerContext) {
            send(" ", context)
            let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(100)) {
                let (handler, context) = loopBound.value
                if context.channel.isActive { handler.drip(context) }
            }
        }

        private func send(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }
}
