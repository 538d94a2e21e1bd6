import AsyncHTTPClient
package import Logging
package import NIOCore
import NIOHTTP1
package import NIOPosix
import NIOSSL
package import PackagingStandards
package import Registry

/// Another index, read over HTTP/1.1 by the simple API (PEP 503, PEP 691).
///
/// Credentials go to the configured origin only. Links and redirects are followed from https only to https, and to this
/// machine or a private network only if the configuration names the host; see `Destinations`. Requests that fail for a
/// passing reason are tried again; a host that keeps failing is left alone for a while. `shutdown` ends the upstream.
package final class HTTPUpstream: Upstream {
    package let id: String
    /// The address of the simple API, with a `/` at its end.
    let base: WebAddress
    let settings: HTTPUpstreamSettings
    let exchange: Exchange
    /// The threads on which pages are unpacked and read: a large one takes a tenth of a second.
    let threads: NIOThreadPool
    let surroundings: UpstreamSurroundings
    let formats = PageFormats()
    /// The hosts that the configuration names.
    private let namedHosts: Set<String>
    private let pool: ClientPool
    private let metrics: UpstreamMetrics

    private init(
        settings: HTTPUpstreamSettings, base: WebAddress, exchange: Exchange, pool: ClientPool,
        threads: NIOThreadPool, metrics: UpstreamMetrics, surroundings: UpstreamSurroundings
    ) {
        namedHosts = Set(settings.allowedHosts.compactMap(HostName.trusted))
        id = settings.id
        self.settings = settings
        self.base = base
        self.exchange = exchange
        self.pool = pool
        self.threads = threads
        self.metrics = metrics
        self.surroundings = surroundings
    }

    package var rests: [UpstreamRest] { exchange.breakers.rests }

    /// Opens an upstream; nothing is connected to yet.
    ///
    /// - Parameters:
    ///   - settings: The configuration of the upstream.
    ///   - environment: The variables of the process: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    ///   - group: The event loops of the connections.
    ///   - threads: Running threads on which pages are read.
    ///   - metrics: Counts the requests.
    ///   - logger: Logs the rests.
    /// - Returns: The upstream, which must be shut down in the end.
    /// - Throws: `InvalidUpstreamSettings`.
    package static func open(
        _ settings: HTTPUpstreamSettings, environment: [String: String] = [:],
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, threads: NIOThreadPool,
        metrics: UpstreamMetrics, logger: Logger
    ) async throws -> HTTPUpstream {
        try await open(
            settings, environment: environment, group: group, threads: threads, metrics: metrics, logger: logger,
            surroundings: UpstreamSurroundings())
    }

    static func open(
        _ settings: HTTPUpstreamSettings, environment: [String: String] = [:],
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, threads: NIOThreadPool,
        metrics: UpstreamMetrics, logger: Logger, surroundings: UpstreamSurroundings
    ) async throws -> HTTPUpstream {
        let base = try UpstreamBase(settings)
        let proxies = try ProxyRules(setting: settings.proxy, environment: environment)
        let tls = try await trust(settings.authoritiesFile, threads: threads)
        let pool = ClientPool(
            group: group, tls: tls, connectTimeout: TimeAmount(settings.connectTimeout),
            maxConnections: surroundings.maxConnections)
        // Lookups block as long as a name server is silent; the threads of the singleton are for such work.
        let resolver = AddressResolver(threads: .singleton, now: surroundings.now, lookUp: surroundings.lookUp)
        let destinations = Destinations(
            upstream: settings.id, scheme: base.address.origin.scheme,
            trustedHosts: Set(settings.allowedHosts.compactMap(HostName.trusted)).union([base.address.host]),
            proxies: proxies, resolver: resolver, connectTimeout: settings.connectTimeout,
            isForbidden: surroundings.isForbidden)
        let exchange = Exchange(
            upstream: settings.id, origin: base.address.origin, authorization: base.authorization,
            retries: settings.retries,
            responseDeadline: TimeAmount(settings.connectTimeout + settings.responseTimeout), pool: pool,
            destinations: destinations,
            breakers: Breakers(upstream: settings.id, now: surroundings.now, logger: logger),
            texts: FailureTexts(
                upstream: settings.id, connectTimeout: settings.connectTimeout,
                responseTimeout: settings.responseTimeout, idleTimeout: settings.idleTimeout),
            group: group, surroundings: surroundings,
            countBytes: { [id = settings.id] count in metrics.recordBytes(Int64(count), of: id) })
        return HTTPUpstream(
            settings: settings, base: base.address, exchange: exchange, pool: pool, threads: threads,
            metrics: metrics, surroundings: surroundings)
    }

    /// Ends all connections, also of bodies that are still read. The upstream cannot be used afterwards.
    package func shutdown() async {
        await pool.shutdown()
    }

    package func pageURL(of project: NormalizedName) -> String {
        "\(base)\(project)/"
    }

    package func check() async throws {
        try await measured(.check) { outcome in
            let response = try await exchange.answer(
                to: ExchangeRequest(
                    address: base, headers: [("Accept", PageFormat.accept)], follows: { self.isOwn($0) }))
            // The list of all projects may be tens of megabytes.
            response.body.cut()
            response.ticket.settle(.answered)
            guard !(200..<300).contains(response.status), !isAbsent(response) else { return }
            throw unexpected(response)
        }
    }

    /// Returns whether an answer says that what was asked for does not exist.
    func isAbsent(_ response: ExchangeResponse) -> Bool {
        settings.absentStatuses.contains(response.status)
    }

    /// Returns whether an origin belongs to this upstream: its own, the same host over https, or a host that `allow_hosts`
    /// names.
    func isOwn(_ origin: WebAddress.Origin) -> Bool {
        if origin == base.origin || namedHosts.contains(origin.host) { return true }
        func isStandard(_ origin: WebAddress.Origin) -> Bool { origin.port == origin.scheme.defaultPort }
        return origin.host == base.host && isStandard(origin) && isStandard(base.origin) && origin.scheme == .https
    }

    /// Returns the error for a status that is no answer.
    func unexpected(_ response: ExchangeResponse) -> UpstreamError {
        let place = response.address.redacted
        switch response.status {
        case _ where isAbsent(response):
            return error(.notFound, "\(place) does not exist (\(response.status)).")
        case 301, 302, 303, 307, 308:
            let target = target(of: response)
            return error(
                .leadsElsewhere,
                "\(place) redirects to \(target), which is no address of this upstream. If its pages are "
                    + "there, write that address as url of [upstream.\(id)], or its host into allow_hosts.")
        case 401, 403, 407:
            var advice = ""
            if response.address.origin == base.origin {
                advice = " Check username, password and token of [upstream.\(id)]."
            }
            if response.status == 403 {
                advice += " If it means that the upstream does not have something, write absent_statuses = [403] there."
            }
            return error(.refused, "\(place) does not let us in (\(response.status)).\(advice)")
        case 416: return error(.failed, "\(place) does not have the part that was asked for (416).")
        case 400..<500:
            return error(
                .failed,
                "\(place) answered with the status \(response.status). If it means that the upstream does not have "
                    + "something, write absent_statuses = [\(response.status)] into [upstream.\(id)].")
        default: return error(.failed, "\(place) answered with the status \(response.status).")
        }
    }

    /// Returns where a redirect leads, without what may be a signature.
    func target(of redirect: ExchangeResponse) -> String {
        let location = redirect.headers.first(name: "Location")
        return location.flatMap { redirect.address.resolving($0) }.map(\.redacted) ?? "nowhere"
    }

    func error(_ reason: UpstreamError.Reason, _ message: String, cause: (any Error)? = nil) -> UpstreamError {
        UpstreamError(upstream: id, reason, message, cause: cause)
    }

    /// Runs the work of a request and counts it by its outcome, which the work may set.
    func measured<Value: Sendable>(
        _ kind: UpstreamMetrics.Kind, _ work: (inout UpstreamMetrics.Outcome) async throws -> Value
    ) async throws -> Value {
        let start = surroundings.now()
        var outcome = UpstreamMetrics.Outcome.answered
        defer {
            let seconds = start.duration(to: surroundings.now()).inSeconds
            metrics.record(kind, of: id, outcome, seconds: seconds)
        }
        do {
            return try await work(&outcome)
        } catch let error as UpstreamError {
            outcome = error.reason == .notFound ? .unknown : .failed(error.reason)
            throw error
        } catch {
            outcome = .cancelled
            throw error
        }
    }

    private static func trust(_ file: String?, threads: NIOThreadPool) async throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // Some servers never answer the end of TLS, and a command that asks once must not wait long for it.
        tls.shutdownTimeout = .milliseconds(200)
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .fullVerification
        guard let file else { return tls }
        let authorities = try await threads.runIfActive {
            do {
                return try NIOSSLCertificate.fromPEMFile(file)
            } catch {
                throw InvalidUpstreamSettings(
                    key: "authorities_file", "\(file) cannot be read as a PEM file of certificates: \(error)")
            }
        }
        tls.additionalTrustRoots = [.certificates(authorities)]
        return tls
    }
}

/// The configured address, and the credentials for its origin.
struct UpstreamBase {
    let address: WebAddress
    /// The value of `Authorization`, or nil for none.
    let authorization: String?

    /// Reads the settings; credentials in the address are used if the settings name no others.
    init(_ settings: HTTPUpstreamSettings) throws(InvalidUpstreamSettings) {
        let text = settings.url.hasSuffix("/") ? settings.url : settings.url + "/"
        guard let parts = WebAddressParts(text), let address = WebAddress(parts), !parts.hasQuery, !parts.hasFragment
        else {
            throw InvalidUpstreamSettings(
                key: "url", "the address must be like https://pypi.org/simple/, without a query")
        }
        self.address = address
        switch settings.credentials {
        case .basic(let user, let password):
            authorization = try Self.basic(UserInfo(user: user, password: password))
        case .bearer(let token):
            guard !token.isEmpty, token.utf8.allSatisfy(ASCII.isVisible) else {
                throw InvalidUpstreamSettings(key: "token", "a token is made of visible ASCII characters")
            }
            authorization = HTTPClient.Authorization.bearer(tokens: token).headerValue
        case .none:
            guard let shown = parts.userInfo else {
                authorization = nil
                return
            }
            guard let userInfo = UserInfo(shown) else {
                throw InvalidUpstreamSettings(key: "url", "the user and password in it must be percent-encoded UTF-8")
            }
            authorization = try Self.basic(userInfo)
        }
    }

    private static func basic(_ userInfo: UserInfo) throws(InvalidUpstreamSettings) -> String {
        guard !userInfo.user.contains(":") else {
            throw InvalidUpstreamSettings(key: "username", "a user's name may not hold a colon")
        }
        return HTTPClient.Authorization.basic(username: userInfo.user, password: userInfo.password).headerValue
    }
}

extension HostName {
    /// Reads a host of `allow_hosts`, a name or an address, an IPv6 one with brackets or without; returns nil if it is
    /// malformed.
    static func trusted(_ text: String) -> String? {
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        return IPAddress(bare) != nil ? bare.lowercased() : canonical(bare[...])
    }
}
