import Logging
import NIOPosix
import Registry
import ServerConfiguration
import UpstreamHTTP

/// The upstreams that the indexes of a configuration name; one that no index names is never connected to.
struct Upstreams: Sendable {
    /// In the order of the configuration.
    let all: [HTTPUpstream]

    /// Opens the clients of the upstreams; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - configuration: Says which there are.
    ///   - environment: The variables of the process, for proxies.
    ///   - threads: Running threads on which pages are read.
    ///   - metrics: Where requests are counted.
    ///   - logger: Where rests of failing upstreams are reported.
    /// - Returns: The upstreams, which must be shut down.
    /// - Throws: `CommandFailure` if a setting is impossible.
    static func open(
        _ configuration: ServerConfiguration, environment: [String: String], threads: NIOThreadPool,
        metrics: UpstreamMetrics, logger: Logger
    ) async throws -> Upstreams {
        let named = Set(configuration.indexes.flatMap(\.upstreams))
        var all: [HTTPUpstream] = []
        for definition in configuration.upstreams where named.contains(.remote(definition.pages.id)) {
            do {
                all.append(
                    try await HTTPUpstream.open(
                        HTTPUpstreamSettings(definition), environment: environment, threads: threads, metrics: metrics,
                        logger: logger))
            } catch {
                await Upstreams(all: all).shutdown()
                throw explained(error, of: definition.pages.id)
            }
        }
        return Upstreams(all: all)
    }

    /// Ends all connections; none of them can be asked afterwards.
    func shutdown() async {
        for upstream in all { await upstream.shutdown() }
    }

    private static func explained(_ error: any Error, of id: String) -> any Error {
        guard let error = error as? InvalidUpstreamSettings else { return error }
        // Keys are in lower case; variables of the environment are in either.
        let isVariable = error.key.lowercased().hasSuffix("_proxy")
        let place = isVariable ? "\(error.key), of the environment" : "upstream.\(id).\(error.key)"
        return CommandFailure(.configuration, "\(place): \(error.message)")
    }
}

extension HTTPUpstreamSettings {
    /// Makes the settings of a client from what the configuration says.
    init(_ definition: UpstreamDefinition) {
        let credentials: Credentials =
            switch definition.credentials {
            case .none: .none
            case .basic(let user, let password): .basic(user: user, password: password.reveal())
            case .bearer(let token): .bearer(token: token.reveal())
            }
        self.init(
            id: definition.pages.id, url: definition.url, credentials: credentials,
            authoritiesFile: definition.authoritiesFile, proxy: definition.proxy?.url.reveal(),
            connectTimeout: definition.connectTimeout, responseTimeout: definition.responseTimeout,
            idleTimeout: definition.idleTimeout, retries: definition.retries, maxPageSize: definition.maxPageSize,
            maxPageFiles: definition.maxPageFiles, allowedHosts: Set(definition.allowedHosts),
            absentStatuses: definition.absentStatuses)
    }
}
