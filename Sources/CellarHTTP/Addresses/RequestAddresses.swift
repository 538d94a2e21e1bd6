import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards

/// Finds out by which address a client knows the server.
struct RequestAddresses: Sendable {
    /// The address in the configuration, or nil to take it from each request.
    let baseURL: String?
    /// Whether the server itself speaks TLS, which the head of a request does not say.
    let isEncrypted: Bool
    /// Returns whether the peer with an IP address is a proxy whose `X-Forwarded-*` headers are trusted.
    let isTrustedProxy: @Sendable (String) -> Bool

    /// Returns the address with which links begin, as `https://pypi.example.com`, without a `/` at the end.
    ///
    /// `X-Forwarded-Proto` and `X-Forwarded-Host` count only if they come from a trusted proxy.
    func baseURL(of request: Request, peer: SocketAddress?) -> String {
        if let baseURL { return baseURL }
        var scheme = isEncrypted ? "https" : request.head.scheme ?? "http"
        var host = request.head.authority ?? "localhost"
        if isTrusted(peer) {
            scheme = Self.first(request.headers, "X-Forwarded-Proto") ?? scheme
            host = Self.first(request.headers, "X-Forwarded-Host") ?? host
        }
        guard scheme == "http" || scheme == "https", host.utf8.allSatisfy(Self.isHostByte) else {
            return "http://localhost"
        }
        return "\(scheme)://\(host)"
    }

    /// Returns whether the client of a request speaks https, perhaps with a proxy.
    func isEncrypted(_ request: Request, peer: SocketAddress?) -> Bool {
        baseURL(of: request, peer: peer).hasPrefix("https://")
    }

    /// Returns whether a peer is a proxy whose headers are trusted.
    func isTrusted(_ peer: SocketAddress?) -> Bool {
        peer?.ipAddress.map(isTrustedProxy) ?? false
    }

    /// The most entries of `X-Forwarded-For` that are looked at: as many proxies as may stand in a row.
    private static let maxProxies = 16

    /// Returns the address of the client, or nil if there is no connection.
    ///
    /// Each proxy adds the address of its own client at the end of `X-Forwarded-For`. The last one that is no trusted
    /// proxy counts: what stands before it, the client may have written itself.
    func client(of request: Request, peer: SocketAddress?) -> IPAddress? {
        guard let text = peer?.ipAddress, var client = Self.address(text[...]) else { return nil }
        guard isTrustedProxy(text), let name = HTTPField.Name("X-Forwarded-For") else { return client }
        let entries = request.headers[values: name].joined(separator: ",").split(separator: ",")
        for entry in entries.suffix(Self.maxProxies).reversed() {
            guard let address = Self.address(entry) else { break }
            client = address
            guard isTrustedProxy(address.description) else { break }
        }
        return client
    }

    /// Reads an address, perhaps with a zone, or, as some proxies write it, with a port.
    private static func address(_ text: Substring) -> IPAddress? {
        let text = text.filter { $0 != " " }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return IPAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        if let address = IPAddress(String(text.prefix { $0 != "%" })) { return address }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? IPAddress(String(parts[0])) : nil
    }

    private static func first(_ headers: HTTPFields, _ name: String) -> String? {
        guard let name = HTTPField.Name(name), let value = headers[name] else { return nil }
        return value.split(separator: ",").first.map { $0.filter { $0 != " " } }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        if ASCII.isAlphanumeric(byte) { return true }
        return switch byte {
        // - . : [ ] _
        case 0x2D, 0x2E, 0x3A, 0x5B, 0x5D, 0x5F: true
        default: false
        }
    }
}

/// Recognizes writes that a browser sends for another site.
enum CrossSiteDefence {
    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")

    /// Returns whether the browser says that a page of another site sent the request (`Sec-Fetch-Site`, or `Origin`, RFC
    /// 6454, from browsers without it).
    ///
    /// Other clients send neither header. `baseURL` is how the client reaches the server, which behind a proxy may differ
    /// from the host that the request names.
    static func isFromAnotherSite(_ request: Request, baseURL: @autoclosure () -> String) -> Bool {
        if let name = fetchSite, let site = request.headers[name] {
            return site != "same-origin" && site != "none"
        }
        guard let origin = request.headers[.origin]?.lowercased() else { return false }
        if let authority = request.head.authority?.lowercased(),
            origin == "http://\(authority)" || origin == "https://\(authority)"
        {
            return false
        }
        let base = baseURL().lowercased()
        return !origin.contains("://") || base != origin && !base.hasPrefix(origin + "/")
    }
}
