import Logging
import NIOPosix
import OIDCAuthentication
import Registry
import ServerConfiguration

/// The providers with which people sign in, while they can be asked. `shutdown` ends it.
struct LoginProviders: Sendable {
    private let all: [(definition: SignOnDefinition, provider: LoginProvider)]

    /// Makes those that a configuration names; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - configuration: Says which there are.
    ///   - threads: Running threads on which files of authorities are read.
    ///   - logger: Where failures of providers are logged.
    /// - Throws: `CommandFailure` if a setting is impossible.
    init(_ configuration: ServerConfiguration, threads: NIOThreadPool, logger: Logger) async throws {
        var made: [(SignOnDefinition, LoginProvider)] = []
        do {
            for definition in configuration.signOn {
                let settings = LoginSettings(definition)
                let provider = try await threads.runIfActive { try LoginProvider(settings, logger: logger) }
                made.append((definition, provider))
            }
        } catch {
            for (_, provider) in made { await provider.shutdown() }
            guard let error = error as? InvalidIssuerSettings else { throw error }
            throw CommandFailure(.configuration, "\(error)")
        }
        all = made
    }

    /// The providers as the use cases see them.
    var signOn: [SignOnProvider] {
        all.map { definition, provider in
            SignOnProvider(
                name: definition.issuer.name, label: definition.label,
                begin: { try await provider.begin(returningTo: $0) },
                finish: { try await provider.finish($0, $1, returningTo: $2) },
                recognise: { try await provider.person(of: $0) })
        }
    }

    func shutdown() async {
        for (_, provider) in all { await provider.shutdown() }
    }
}

extension LoginSettings {
    fileprivate init(_ definition: SignOnDefinition) {
        self.init(
            issuer: IssuerSettings(
                issuer: definition.issuer, section: "sso", authoritiesFile: definition.authoritiesFile,
                otherHosts: definition.hosts, hostsKey: "hosts"),
            secret: definition.clientSecret?.reveal(), scopes: definition.scopes, nameClaim: definition.nameClaim,
            groupsClaim: definition.groupsClaim, adminGroup: definition.adminGroup, required: definition.required)
    }
}
