import HTTPTypes
import Hummingbird
import NIOCore

/// The server's own address as a client knows it, and the client's address behind proxies.
struct RequestAddresses: Sendable {
    /// What the configuration says; nil to take it from each request.
    let baseURL: String?
    let trustedProxies: TrustedProxies

    init(baseURL: String?, trustedProxies: [String]) {
        self.baseURL = baseURL
        self.trustedProxies = TrustedProxies(trustedProxies)
    }

    /// The address that links begin with, as `https://pypi.example.com`, without a `/` at the end.
    ///
    /// `X-Forwarded-Proto` and `X-Forwarded-Host` count only where they come from a trusted proxy.
    func baseURL(of request: Request, peer: SocketAddress?) -> String {
        if let baseURL { return baseURL }
        var scheme = request.head.scheme ?? "http"
        var host = request.head.authority ?? "localhost"
        if trustedProxies.contain(peer) {
            scheme = Self.first(request.headers, "X-Forwarded-Proto") ?? scheme
            host = Self.first(request.headers, "X-Forwarded-Host") ?? host
        }
        guard scheme == "http" || scheme == "https", host.utf8.allSatisfy(Self.isHostByte) else {
            return "http://localhost"
        }
        return "\(scheme)://\(host)"
    }

    private static func first(_ headers: HTTPFields, _ name: String) -> String? {
        guard let name = HTTPField.Name(name), let value = headers[name] else { return nil }
        return value.split(separator: ",").first.map { $0.filter { $0 != " " } }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5B, 0x5D, 0x5F: true
        default: false
        }
    }
}

/// The peers whose `X-Forwarded-*` headers are believed.
struct TrustedProxies: Sendable {
    private struct Network: Sendable {
        let bytes: [UInt8]
        let prefix: Int
    }

    private let networks: [Network]

    /// Reads addresses and networks in CIDR form; the configuration has checked them.
    init(_ texts: [String]) {
        networks = texts.compactMap { text in
            let parts = text.split(separator: "/", maxSplits: 1)
            guard let first = parts.first, let address = try? SocketAddress(ipAddress: String(first), port: 0) else {
                return nil
            }
            let bytes = Self.bytes(of: address)
            let prefix = parts.count == 2 ? Int(parts[1]) : bytes.count * 8
            guard let prefix, (0...bytes.count * 8).contains(prefix) else { return nil }
            return Network(bytes: bytes, prefix: prefix)
        }
    }

    /// Whether a peer is one of them.
    func contain(_ peer: SocketAddress?) -> Bool {
        guard let peer, !networks.isEmpty else { return false }
        let bytes = Self.bytes(of: peer)
        return networks.contains { network in
            guard network.bytes.count == bytes.count else { return false }
            return (0..<network.prefix).allSatisfy { bit in
                let mask = UInt8(0x80) >> UInt8(bit % 8)
                return network.bytes[bit / 8] & mask == bytes[bit / 8] & mask
            }
        }
    }

    private static func bytes(of address: SocketAddress) -> [UInt8] {
        switch address {
        case .v4(let address): withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address): withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
        case .unixDomainSocket: []
        }
    }
}
