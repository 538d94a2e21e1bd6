import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Reads requests without bodies, and carries out the steps of their answers.
final class TestServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answering: TestServer.Answering
    private var received = ByteBuffer()
    private var steps: ArraySlice<TestServer.Step> = []
    private var isBusy = false
    private var tunnel: (any Channel)?

    init(_ answering: @escaping TestServer.Answering) {
        self.answering = answering
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if let tunnel {
            tunnel.writeAndFlush(buffer, promise: nil)
            return
        }
        received.writeBuffer(&buffer)
        readRequest(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        tunnel?.close(promise: nil)
        steps = []
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func readRequest(_ context: ChannelHandlerContext) {
        let text = String(buffer: received)
        guard !isBusy, let end = text.firstRange(of: "\r\n\r\n") else { return }
        received.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        var headers = HTTPHeaders()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers.add(name: String(parts[0]), value: parts[1].drop { $0 == " " }.description)
        }
        isBusy = true
        steps =
            answering(
                TestServer.Request(method: String(words[0]), target: String(words[1]), headers: headers))[...]
        carryOn(context)
    }

    private func carryOn(_ context: ChannelHandlerContext) {
        while let step = steps.popFirst() {
            switch step {
            case .send(let bytes): context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            case .wait(let time): return later(context, after: time)
            case .repeatForever(let bytes, let pause):
                steps = [step]
                return write(bytes, context, thenAfter: pause)
            case .hang: return
            case .stopReading: try? context.channel.syncOptions?.setOption(.autoRead, value: false)
            case .close: return context.close(promise: nil)
            case .reset:
                let socket = context.channel as? any SocketOptionProvider
                _ = socket?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                return context.close(promise: nil)
            case .tunnel(let port): return open(context, to: port)
            }
        }
        isBusy = false
        readRequest(context)
    }

    private func later(_ context: ChannelHandlerContext, after time: Duration) {
        let nanoseconds = time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000
        context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(nanoseconds)) {
            if context.channel.isActive { self.carryOn(context) }
        }
    }

    /// Goes on when the bytes have left, so that a client that does not read holds the server up, as it does elsewhere;
    /// and never at once, since a task that puts itself first again keeps the loop from all others.
    private func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext, thenAfter pause: Duration) {
        context.writeAndFlush(wrapOutboundOut(bytes)).assumeIsolated().whenSuccess {
            self.later(context, after: max(pause, .milliseconds(1)))
        }
    }

    private func open(_ context: ChannelHandlerContext, to port: Int) {
        let near = context.channel
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { far in
                far.eventLoop.makeCompletedFuture {
                    try far.pipeline.syncOperations.addHandler(Forwarder(to: near))
                }
            }
            .connect(host: "127.0.0.1", port: port).assumeIsolated().whenSuccess { far in
                self.tunnel = far
                context.writeAndFlush(
                    self.wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 Go on\r\n\r\n")), promise: nil)
            }
    }

    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel

        init(to other: any Channel) {
            self.other = other
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            other.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            other.close(promise: nil)
        }
    }
}
