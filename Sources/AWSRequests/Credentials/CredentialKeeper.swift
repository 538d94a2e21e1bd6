package import AsyncHTTPClient
package import Logging
import PackagingStandards
package import Registry
import Synchronization

/// Gives the credentials for requests, and renews them before they end: one renewal at a time, while the old ones are
/// used as long as they live.
package final class CredentialKeeper: Sendable {
    private struct State {
        var current: AWSCredentials?
        var renewal: Task<AWSCredentials, any Error>?
        /// Before this moment no renewal is begun that nobody waits for.
        var restsUntil: Timestamp?
        /// Counts the renewals that have begun.
        var renewals = 0
    }

    /// How long before their end credentials are renewed.
    private static let renewalAhead: Int64 = 300
    /// How long before their end they are no longer used: a request takes its time to arrive.
    private static let margin: Int64 = 10
    /// How long a failed renewal rests.
    private static let rest: Int64 = 15

    private let sources: [CredentialSource]
    private let clock: WallClock
    private let logger: Logger
    private let state = Mutex(State())

    /// Makes a keeper that asks each source in order until one has credentials.
    package init(sources: [CredentialSource], clock: WallClock = .system, logger: Logger) {
        self.sources = sources
        self.clock = clock
        self.logger = logger
    }

    /// Makes a keeper of the sources that AWS's tools know, in their order: environment, web identity, shared files,
    /// container, instance.
    ///
    /// - Parameters:
    ///   - environment: The variables of the process.
    ///   - region: Where the token service is asked.
    ///   - client: What asks services; it belongs to the caller.
    ///   - containerBase: What stands before `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`.
    ///   - clock: The time.
    ///   - logger: Where a failed renewal is noted.
    package convenience init(
        environment: [String: String], region: String, client: HTTPClient,
        containerBase: String = "http://169.254.170.2", clock: WallClock = .system, logger: Logger
    ) {
        let asking = CredentialClient(client: client)
        self.init(
            sources: [
                .environment(environment),
                .webIdentity(environment, asking, region: region),
                .profile(environment),
                .container(environment, asking, base: containerBase),
                .instance(environment, asking),
            ], clock: clock, logger: logger)
    }

    /// Returns credentials that are good now.
    ///
    /// Throws `RegistryError` `.unavailable` if no source has any, or the one that is set up gives none.
    package func credentials() async throws -> AWSCredentials {
        let now = clock.now()
        let (usable, renewal) = state.withLock { state -> (AWSCredentials?, Task<AWSCredentials, any Error>?) in
            guard let current = state.current, current.isGood(at: now, margin: Self.margin) else {
                return (nil, begin(&state))
            }
            let isEnding = !current.isGood(at: now, margin: Self.renewalAhead)
            let rests = state.restsUntil.map { now < $0 } ?? false
            if isEnding, !rests { _ = begin(&state) }
            return (current, nil)
        }
        if let usable { return usable }
        guard let renewal else { throw CancellationError() }
        return try await renewal.value
    }

    /// Looks for other credentials after a server has refused some; returns the ones to use now, perhaps the same.
    package func replace(_ refused: AWSCredentials) async throws -> AWSCredentials {
        let renewal = state.withLock { state -> Task<AWSCredentials, any Error>? in
            if let current = state.current, current != refused { return nil }
            return begin(&state)
        }
        guard let renewal else { return try await credentials() }
        return try await renewal.value
    }

    /// Returns the renewal that runs, or begins one.
    private func begin(_ state: inout State) -> Task<AWSCredentials, any Error> {
        if let renewal = state.renewal { return renewal }
        state.renewals += 1
        let task = Task { try await self.renew() }
        state.renewal = task
        return task
    }

    private func renew() async throws -> AWSCredentials {
        do {
            let found = try await load()
            state.withLock { state in
                state.current = found
                state.renewal = nil
                state.restsUntil = clock.now().adding(seconds: Self.rest)
            }
            return found
        } catch {
            let stillGood = state.withLock { state in
                state.renewal = nil
                state.restsUntil = clock.now().adding(seconds: Self.rest)
                return state.current?.isGood(at: clock.now(), margin: Self.margin) == true
            }
            if stillGood {
                logger.warning(
                    "the credentials for the storage could not be renewed; the old ones are still good",
                    metadata: ["error": "\(error)"])
            }
            throw error
        }
    }

    private func load() async throws -> AWSCredentials {
        for source in sources {
            guard let found = try await source.load() else { continue }
            guard found.isGood(at: clock.now(), margin: 0) else {
                throw RegistryError(.unavailable, "The credentials of \(source.name) have ended.")
            }
            return found
        }
        throw RegistryError(
            .unavailable,
            """
            There are no credentials for the storage. Set storage.access_key and storage.secret_key_file, or \
            AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or one of the other places that docs/s3.md names.
            """)
    }
}

extension AWSCredentials {
    /// Returns whether they have more than so many seconds left.
    fileprivate func isGood(at now: Timestamp, margin: Int64) -> Bool {
        expiration.map { now.adding(seconds: margin) < $0 } ?? true
    }
}
