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
    /// `X-Forwarded-Proto` and `X-Forwarded-Host` count only if they come from a trusted proxy. If there are several in a
    /// row, the outermost one's count, since that one has spoken with the client.
    func baseURL(of request: Request, peer: SocketAddress?) -> String {
        if let baseURL { return baseURL }
        var scheme = isEncrypted ? "https" : request.head.scheme ?? "http"
        var host = request.head.authority ?? "localhost"
        let proxies = way(from: peer, Self.forwardedFor(request)).proxies
        if proxies > 0 {
            scheme = Self.outermost(of: proxies, "X-Forwarded-Proto", request.headers) ?? scheme
            host = Self.outermost(of: proxies, "X-Forwarded-Host", request.headers) ?? host
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

    /// Returns the address of the client, or nil if there is no connection.
    func client(of request: Request, peer: SocketAddress?) -> IPAddress? {
        way(from: peer, Self.forwardedFor(request)).client
    }

    /// Returns the same for a request of which only the value of `X-Forwarded-For` is known.
    func client(forwardedFor: String, peer: SocketAddress?) -> IPAddress? {
        way(from: peer, Self.entries(forwardedFor)).client
    }

    /// How a request has come here, as far as trusted proxies say.
    private struct Way {
        /// The address of the client, or nil if there is no connection.
        var client: IPAddress?
        /// How many trusted proxies the request has passed.
        var proxies = 0
    }

    /// The most entries of `X-Forwarded-For` that are looked at: as many proxies as may stand in a row.
    private static let maxProxies = 16

    /// Follows a request from the peer back to the client.
    ///
    /// Each proxy adds the address of its own client at the end of `X-Forwarded-For`. The last one that is no trusted
    /// proxy counts: what stands before it, the client may have written itself.
    private func way(from peer: SocketAddress?, _ forwardedFor: @autoclosure () -> [Substring]) -> Way {
        guard let text = peer?.ipAddress, let address = Self.address(text[...]) else { return Way() }
        var way = Way(client: address)
        guard isTrustedProxy(text) else { return way }
        way.proxies = 1
        for entry in forwardedFor().suffix(Self.maxProxies).reversed() {
            guard let address = Self.address(entry) else { break }
            way.client = address
            guard isTrustedProxy(address.description) else { break }
            way.proxies += 1
        }
        return way
    }

    /// Returns what the outermost of so many trusted proxies says in a field, or nil if they say nothing.
    ///
    /// Each of them adds its entry at the end, or puts it in the place of all others. So as many entries at the end as
    /// there are proxies are theirs, and the first of those is the outermost one's. An entry without text says nothing,
    /// but is one.
    private static func outermost(of proxies: Int, _ name: String, _ headers: HTTPFields) -> String? {
        entries(name, headers).suffix(proxies).lazy.map { $0.filter { $0 != " " } }.first { !$0.isEmpty }
    }

    private static func forwardedFor(_ request: Request) -> [Substring] {
        entries("X-Forwarded-For", request.headers)
    }

    /// Returns the entries of a list, which may be in several fields.
    private static func entries(_ name: String, _ headers: HTTPFields) -> [Substring] {
        guard let name = HTTPField.Name(name) else { return [] }
        return entries(headers[values: name].joined(separator: ","))
    }

    private static func entries(_ list: String) -> [Substring] {
        list.split(separator: ",", omittingEmptySubsequences: false)
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
