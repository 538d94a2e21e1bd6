import NIOCore
import NIOHTTP1

/// Makes one form of the heads that mean the same, before the version of the protocol is forgotten.
///
/// Behind it `Connection: close` stands, as `close`, exactly if the connection ends with the answer: also if a client
/// speaks HTTP/1.0, which need not name a host and knows nothing of `Expect`.
final class RequestHeadHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), needsChange(head) else {
            return context.fireChannelRead(data)
        }
        if isOld(head) {
            head.headers.remove(name: "Expect")
            if !head.headers.contains(name: "Host") {
                head.headers.add(name: "Host", value: Self.host(context.localAddress))
            }
        }
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private func needsChange(_ head: HTTPRequestHead) -> Bool {
        isOld(head) || head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "close" }
    }

    private func isOld(_ head: HTTPRequestHead) -> Bool {
        head.version.major < 1 || (head.version.major == 1 && head.version.minor == 0)
    }

    /// Returns the address that the client connected to, as a Host header writes it.
    private static func host(_ address: SocketAddress?) -> String {
        guard let address, let ip = address.ipAddress, let port = address.port else { return "localhost" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}
