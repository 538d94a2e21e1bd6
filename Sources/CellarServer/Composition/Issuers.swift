import Logging
import NIOPosix
import OIDCAuthentication
import Registry
import ServerConfiguration

extension IdentityVerifier {
    /// Makes a verifier of the issuers that a configuration names; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - configuration: Says which there are.
    ///   - threads: Running threads on which files of authorities are read.
    ///   - logger: Where failures of issuers are logged.
    /// - Returns: The verifier, which must be shut down.
    /// - Throws: `CommandFailure` if a setting is impossible.
    static func open(
        _ configuration: ServerConfiguration, threads: NIOThreadPool, logger: Logger
    ) async throws -> IdentityVerifier {
        let issuers = configuration.issuers.map { definition in
            IssuerSettings(
                issuer: definition.issuer, authoritiesFile: definition.authoritiesFile, otherHosts: definition.keyHosts)
        }
        return try await threads.runIfActive {
            do {
                return try IdentityVerifier(issuers, logger: logger)
            } catch let error as InvalidIssuerSettings {
                throw CommandFailure(.configuration, "\(error)")
            }
        }
    }

    /// The proofs that the services of a registry rely on.
    func proofs(for configuration: ServerConfiguration) -> IdentityProofs {
        IdentityProofs(issuers: configuration.issuers.map(\.issuer), audience: configuration.identityAudience) {
            try await self.identity(in: $0)
        }
    }
}
