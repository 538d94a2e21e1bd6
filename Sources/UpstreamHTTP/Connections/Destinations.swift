import NIOCore
import PackagingStandards
import Registry

/// Decides whether an address may be asked for at all, and by which ways.
///
/// The hosts that the configuration names may be anywhere. Any other is resolved here, and nothing is connected to
/// unless each of its addresses is a public one; then only such an address is used. Behind a proxy it is the proxy that
/// resolves, so there only what can be told from the name is refused; the proxy must refuse the rest.
struct Destinations: Sendable {
    let upstream: String
    /// The configured address's.
    let scheme: WebAddress.Scheme
    /// The configured address's host and `allow_hosts`.
    let trustedHosts: Set<String>
    let proxies: ProxyRules
    let resolver: AddressResolver
    let connectTimeout: Duration
    let isForbidden: @Sendable (IPAddress) -> Bool

    /// The ways to an origin, in the order in which they should be tried. Throws `UpstreamError`, `.forbiddenAddress`
    /// above all.
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
