import AsyncHTTPClient
import NIOCore
import NIOSSL
import PackagingStandards
import Synchronization

/// A way to an origin.
enum Route: Hashable, Sendable {
    /// The configuration names the host, which may resolve to any address.
    case trusted
    /// A proxy resolves the host.
    case proxied(ProxyAddress)
    /// The host is resolved and the address checked: only this address is connected to.
    case pinned(host: String, address: IPAddress)
}

/// An HTTP client that ends when neither the pool nor a body that is still read needs it.
final class PooledClient: Sendable {
    let client: HTTPClient
    private let maxRequests: Int
    private let requests = Atomic(0)

    /// A request that is under way as long as somebody holds the value.
    final class Lease: Sendable {
        let client: PooledClient

        fileprivate init(_ client: PooledClient) {
            self.client = client
        }

        deinit { client.requests.subtract(1, ordering: .relaxed) }
    }

    /// Begins a request, or returns nil if the most that may be are under way already.
    func lease() -> Lease? {
        guard requests.add(1, ordering: .relaxed).newValue <= maxRequests else {
            requests.subtract(1, ordering: .relaxed)
            return nil
        }
        return Lease(self)
    }

    init(_ client: HTTPClient, maxRequests: Int) {
        self.client = client
        self.maxRequests = maxRequests
    }

    deinit {
        // A client must be shut down before it is released; after `shutdown` of the pool this does nothing.
        Task { [client] in try? await client.shutdown() }
    }
}

/// The HTTP clients of an upstream: one for all trusted hosts, one for each proxy, and one for each pinned address.
///
/// A pinned client resolves nothing: its `dnsOverride` names the address for its only host. TLS still verifies the name
/// of that host, since AsyncHTTPClient takes the overridden name for the server's name. A client is never used for
/// another route.
final class ClientPool: Sendable {
    /// How many pinned clients stay: the last used ones.
    static let pinnedCapacity = 16

    private struct State {
        var clients: [Route: PooledClient] = [:]
        /// The pinned routes, with the last used one at the end.
        var pinned: [Route] = []
        var isOver = false
    }

    private let group: any EventLoopGroup
    private let tls: TLSConfiguration
    private let connectTimeout: TimeAmount
    /// The most requests of one client that are under way.
    let maxConnections: Int
    private let state = Mutex(State())

    init(group: any EventLoopGroup, tls: TLSConfiguration, connectTimeout: TimeAmount, maxConnections: Int) {
        self.group = group
        self.tls = tls
        self.connectTimeout = connectTimeout
        self.maxConnections = maxConnections
    }

    /// Returns the client for a route, or nil after `shutdown`.
    func client(for route: Route) -> PooledClient? {
        let (client, evicted) = state.withLock { state -> (PooledClient?, PooledClient?) in
            guard !state.isOver else { return (nil, nil) }
            let client = state.clients[route] ?? PooledClient(makeClient(for: route), maxRequests: maxConnections)
            state.clients[route] = client
            guard case .pinned = route else { return (client, nil) }
            state.pinned.removeAll { $0 == route }
            state.pinned.append(route)
            guard state.pinned.count > Self.pinnedCapacity else { return (client, nil) }
            return (client, state.clients.removeValue(forKey: state.pinned.removeFirst()))
        }
        // Released outside the lock.
        withExtendedLifetime(evicted) {}
        return client
    }

    /// Returns addresses in the order in which to try them: one with a connection comes first.
    func preferred(_ addresses: [IPAddress], of host: String) -> [IPAddress] {
        state.withLock { state in
            guard let known = addresses.firstIndex(where: { state.clients[.pinned(host: host, address: $0)] != nil })
            else { return addresses }
            return Array(addresses[known...] + addresses[..<known])
        }
    }

    /// Ends all clients, with all transfers.
    func shutdown() async {
        let clients = state.withLock { state in
            state.isOver = true
            defer { state.clients = [:] }
            return state.clients.values.map { $0 }
        }
        for client in clients { try? await client.client.shutdown() }
    }

    private func makeClient(for route: Route) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: connectTimeout),
            decompression: .disabled)
        // One connection for each transfer: over HTTP/2 all would share one, with one window. A request that waited for a
        // connection would fail after `connectTimeout`, as if the host were down; `lease` refuses it before.
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 2 * maxConnections
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(20)
        switch route {
        case .trusted: break
        case .proxied(let proxy): configuration.proxy = proxy.configuration
        case .pinned(let host, let address):
            let name = host.contains(":") ? "[\(host)]" : host
            configuration.dnsOverride = [name: address.description]
        }
        return HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }
}
