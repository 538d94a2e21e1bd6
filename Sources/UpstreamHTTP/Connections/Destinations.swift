import NIOCore
import PackagingStandards
import Registry

/// Decides whether and by which routes an address may be asked.
///
/// Hosts that the configuration names may be anywhere. Any other host is resolved here and refused unless all its
/// addresses are public; then only these are connected to. A proxy resolves names itself: here only names that are
/// recognizably local are refused, and the proxy must refuse the rest.
struct Destinations: Sendable {
    let upstream: String
    /// The scheme of the configured address.
    let scheme: WebAddress.Scheme
    /// The host of the configured address, and `allow_hosts`.
    let trustedHosts: Set<String>
    let proxies: ProxyRules
    let resolver: AddressResolver
    let connectTimeout: Duration
    let isForbidden: @Sendable (IPAddress) -> Bool

    /// Returns the routes to an address, in the order in which to try them. Throws `ExchangeFailure`, such as
    /// `.forbiddenAddress`, or `CancellationError`.
    func routes(to address: WebAddress, pool: ClientPool, on eventLoop: any EventLoop) async throws -> [Route] {
        let origin = address.origin
        if scheme == .https, origin.scheme == .http {
            throw forbidden("It leads to \(address.redacted), which is not encrypted (http); only https is followed.")
        }
        let proxy = proxies.proxy(for: origin)
        if trustedHosts.contains(origin.host) { return [proxy.map(Route.proxied) ?? .trusted] }
        let literal = AddressLookup.literal(origin.host)
        if literal.map(isForbidden) ?? HostName.isLocal(origin.host) { throw local(origin) }
        if let proxy { return [.proxied(proxy)] }
        let addresses: [IPAddress]
        if let literal { addresses = [literal] } else { addresses = try await resolve(origin, on: eventLoop) }
        if addresses.contains(where: isForbidden) { throw local(origin) }
        return pool.preferred(addresses, of: origin.host).prefix(3).map { .pinned(host: origin.host, address: $0) }
    }

    private func resolve(_ origin: WebAddress.Origin, on eventLoop: any EventLoop) async throws -> [IPAddress] {
        let addresses: [IPAddress]
        do {
            addresses = try await resolver.addresses(of: origin.host, within: connectTimeout, on: eventLoop)
        } catch let error as CancellationError {
            throw error
        } catch {
            let message = "The address of \(origin.host) cannot be found; does this machine's name server answer?"
            throw ExchangeFailure(UpstreamError(upstream: upstream, .unreachable, message, cause: error), mayPass: true)
        }
        guard !addresses.isEmpty else {
            throw ExchangeFailure(
                UpstreamError(upstream: upstream, .unreachable, "The host \(origin.host) has no address."),
                mayPass: true)
        }
        return addresses
    }

    private func local(_ origin: WebAddress.Origin) -> ExchangeFailure {
        forbidden(
            "It leads to \(origin), which is an address of this machine or a private network. If that is meant, write "
                + "\"\(origin.host)\" into allow_hosts of [upstream.\(upstream)].")
    }

    private func forbidden(_ message: String) -> ExchangeFailure {
        ExchangeFailure(UpstreamError(upstream: upstream, .forbiddenAddress, message), mayPass: false)
    }
}

extension IPAddress {
    /// Whether links and redirects may not lead there: an address of this machine, of its network, or of nobody.
    ///
    /// The documentation ranges (RFC 5737, RFC 3849) are allowed.
    var isForbidden: Bool {
        let address = unmapped
        if address.bytes.count == 16, let inner = Self.embedding.first(where: { $0.range.contains(address) }) {
            return IPAddress(bytes: Array(address.bytes[inner.offset..<inner.offset + 4])).isForbidden
        }
        return Self.forbidden.contains { $0.contains(address) }
    }

    private static let forbidden = [
        "0.0.0.0/8",  // this network, and the unspecified address (RFC 1122)
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private (RFC 1918)
        "100.64.0.0/10",  // shared by carriers (RFC 6598)
        "127.0.0.0/8",  // loopback
        "169.254.0.0/16",  // link-local, and clouds' metadata (RFC 3927)
        "192.0.0.0/24",  // assigned to protocols (RFC 6890)
        "224.0.0.0/4",  // multicast
        "240.0.0.0/4",  // reserved, and broadcast
        "64:ff9b:1::/48",  // NAT64 within a network (RFC 8215)
        "100::/64",  // discarded (RFC 6666)
        "2001::/32",  // Teredo, whose IPv4 address is hidden (RFC 4380)
        "fc00::/7",  // unique-local (RFC 4193)
        "fe80::/10", "fec0::/10",  // link-local, and the old site-local
        "ff00::/8",  // multicast
    ].compactMap { AddressRange($0) }

    /// IPv6 ranges that embed an IPv4 address, and its offset in bytes. The first range holds `::` and `::1`.
    private static let embedding: [(range: AddressRange, offset: Int)] = [
        ("::/96", 12), ("::ffff:0:0:0/96", 12), ("64:ff9b::/96", 12), ("2002::/16", 2),
    ].compactMap { text, offset in AddressRange(text).map { ($0, offset) } }
}

/// A failure, and whether trying again may help.
struct ExchangeFailure: Error {
    let error: UpstreamError
    /// Whether the reason may pass.
    let mayPass: Bool
    /// How long the upstream wants to be left alone, or nil if it did not say.
    let wish: Duration?

    init(_ error: UpstreamError, mayPass: Bool, wish: Duration? = nil) {
        self.error = error
        self.mayPass = mayPass
        self.wish = wish
    }
}
