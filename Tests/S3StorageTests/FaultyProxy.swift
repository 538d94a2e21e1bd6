import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A relay before a store that does harm to connections as a test says.
final class FaultyProxy: Sendable {
    enum Fault: Sendable {
        /// Answers the next request that begins with this, in place of the store.
        case answer(String)
        /// Resets the connection on which the client next sends something, after so many bytes.
        case resetsUpload(after: Int)
        /// Resets the connection on which the store next sends something, after so many bytes.
        case resetsDownload(after: Int)
    }

    static let slowDown = """
        HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 72\r\nConnection: close\r\n\r\n\
        <Error><Code>SlowDown</Code><Message>Please reduce it.</Message></Error>
        """

    private let faults = Mutex<[Fault]>([])
    private let taken = Mutex(0)
    private let listener: any Channel

    private init(listener: any Channel) {
        self.listener = listener
    }

    /// Starts one before an address `http://host:port`.
    static func start(before endpoint: String) async throws -> FaultyProxy {
        let place = endpoint.dropFirst("http://".count).split(separator: ":")
        let port = Int(place[1]) ?? 0
        let host = String(place[0])
        let box = Box()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop).channelOption(.autoRead, value: false)
                    .connect(host: host, port: port)
                    .flatMapThrowing { store in
                        guard let proxy = box.proxy else { throw ChannelError.ioOnClosedChannel }
                        try client.pipeline.syncOperations.addHandler(Relay(to: store, proxy, isFromClient: true))
                        try store.pipeline.syncOperations.addHandler(Relay(to: client, proxy, isFromClient: false))
                        // The client's channel is not active yet: it reads as soon as it is.
                        for channel in [client, store] { _ = channel.setOption(.autoRead, value: true) }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = FaultyProxy(listener: listener)
        box.set(proxy)
        return proxy
    }

    var endpoint: String { "http://127.0.0.1:\(listener.localAddress?.port ?? 0)" }

    /// How many faults were done.
    var count: Int { taken.withLock { $0 } }

    func add(_ fault: Fault, times: Int = 1) {
        faults.withLock { $0 += Array(repeating: fault, count: times) }
    }

    func stop() async {
        try? await listener.close()
    }

    fileprivate func next(isFromClient: Bool) -> Fault? {
        faults.withLock { faults in
            let position = faults.firstIndex { fault in
                switch fault {
                case .answer, .resetsUpload: isFromClient
                case .resetsDownload: !isFromClient
                }
            }
            guard let position else { return nil }
            taken.withLock { $0 += 1 }
            return faults.remove(at: position)
        }
    }

    private final class Box: Sendable {
        private let held = Mutex<FaultyProxy?>(nil)

        var proxy: FaultyProxy? { held.withLock { $0 } }

        func set(_ proxy: FaultyProxy) { held.withLock { $0 = proxy } }
    }
}

/// Passes bytes on in one direction.
private final class Relay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let peer: any Channel
    private let proxy: FaultyProxy
    private let isFromClient: Bool
    private var bytesUntilReset: Int?
    private var isOver = false

    init(to peer: any Channel, _ proxy: FaultyProxy, isFromClient: Bool) {
        self.peer = peer
        self.proxy = proxy
        self.isFromClient = isFromClient
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard !isOver else { return }
        if bytesUntilReset == nil {
            switch proxy.next(isFromClient: isFromClient) {
            case nil: break
            case .answer(let text):
                isOver = true
                let channel = context.channel
                channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in channel.close(promise: nil) }
                peer.close(promise: nil)
                return
            case .resetsUpload(let count), .resetsDownload(let count): bytesUntilReset = count
            }
        }
        if let rest = bytesUntilReset {
            bytesUntilReset = rest - bytes.readableBytes
            if rest <= bytes.readableBytes {
                isOver = true
                let client = isFromClient ? context.channel : peer
                _ = (client as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).always { _ in
                    client.close(promise: nil)
                }
                (isFromClient ? peer : context.channel).close(promise: nil)
                return
            }
        }
        peer.writeAndFlush(bytes, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        peer.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
