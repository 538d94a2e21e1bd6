package import Logging
package import Registry

/// Verifies identity tokens of the issuers that the configuration names.
///
/// An issuer of any other name is never asked for anything. `shutdown` ends it.
package final class IdentityVerifier: Sendable {
    /// An issuer, and where its keys come from.
    struct Source: Sendable {
        let issuer: IdentityIssuer
        let keys: IssuerKeys
        /// Ends the connections over which the keys come.
        let close: @Sendable () async -> Void
    }

    private let sources: [Source]
    private let clock: WallClock

    init(_ sources: [Source], clock: WallClock) {
        self.sources = sources
        self.clock = clock
    }

    /// Makes a verifier; nothing is connected to yet.
    ///
    /// - Parameters:
    ///   - issuers: The issuers, each with another address.
    ///   - clock: The time.
    ///   - logger: Where failures of issuers are logged.
    /// - Throws: `InvalidIssuerSettings`. Reads the files of authorities, which blocks.
    package convenience init(_ issuers: [IssuerSettings], clock: WallClock = .system, logger: Logger) throws {
        // All that may be wrong comes first: a client that was made must be shut down.
        let places = try issuers.map { try IssuerPlace($0) }
        let sources = zip(issuers, places).map { settings, place in
            let client = IssuerClient(place)
            let keys = IssuerKeys(of: settings.issuer, now: { ContinuousClock.now }, logger: logger) {
                () async throws(IssuerFailure) -> KeySet in
                try await client.keys()
            }
            return Source(issuer: settings.issuer, keys: keys, close: { await client.shutdown() })
        }
        self.init(sources, clock: clock)
    }

    /// Returns who a token proves somebody to be.
    ///
    /// Throws `.wrongCredentials` with the check that failed, and `.unavailable` while the keys of the issuer cannot be
    /// fetched.
    package func identity(in text: String) async throws -> ProvenIdentity {
        do {
            let token = try CompactToken(text)
            guard let named = token.text("iss") else { throw Refusal("it names no issuer") }
            guard let source = sources.first(where: { $0.issuer.url.utf8.elementsEqual(named.utf8) }) else {
                throw Refusal("its issuer is none of those that this server accepts")
            }
            let key = try await source.keys.key(named: token.keyID)
            guard key.signed(token) else {
                throw Refusal("its signature is not that of the issuer's key, by the algorithm of that key")
            }
            return try ClaimCheck(issuer: source.issuer, now: clock.now()).identity(of: token)
        } catch let refusal as Refusal {
            throw refusal.error
        }
    }

    /// Ends all connections. Nothing can be verified afterwards.
    package func shutdown() async {
        for source in sources { await source.close() }
    }
}
