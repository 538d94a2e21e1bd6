import LDAPAuthentication
import Logging
import NIOPosix
import OutsideAuthentication
import PasswordAuthentication
import Registry
import ServerConfiguration

/// The place outside that recognises people who have no password here: a directory, or a service.
enum Outside: Sendable {
    case directory(LDAPDirectory, DirectoryDefinition)
    case service(OutsideService, AuthenticatorDefinition)

    /// Prepares to ask the place that a configuration names; nothing is connected yet. Nil if there is none.
    ///
    /// Throws `RegistryError` for a file of authorities that cannot be used, and if libldap is needed and not there.
    static func open(
        _ configuration: ServerConfiguration, threads: NIOThreadPool, logger: Logger
    ) async throws -> Outside? {
        if let definition = configuration.directory {
            return try await threads.runIfActive {
                .directory(try LDAPDirectory(LDAPSettings(definition), logger: logger), definition)
            }
        }
        guard let definition = configuration.authenticator else { return nil }
        return try await threads.runIfActive {
            .service(try OutsideService(OutsideServiceSettings(definition), logger: logger), definition)
        }
    }

    /// Ends all connections.
    func shutdown() async {
        if case .service(let service, _) = self { await service.shutdown() }
    }

    /// What it is called in lines for people.
    var name: String {
        switch self {
        case .directory: "Directory"
        case .service: "Authenticator"
        }
    }

    /// Looks whether it answers. Throws what is wrong, for the operator.
    func check() async throws {
        switch self {
        case .directory(let directory, _): try await directory.check()
        case .service(let service, _): try await service.check()
        }
    }

    /// Returns what recognises people by the passwords that they have there.
    func authenticator(
        _ database: any LinkedPeopleDatabase, accessEpoch: @escaping @Sendable () -> Int64
    ) -> OutsideAuthenticator {
        let (people, trust, lifetime): (any OutsidePeople, Duration, Duration) =
            switch self {
            case .directory(let directory, let definition): (directory, definition.trustTime, definition.cacheTime)
            case .service(let service, let definition): (service, definition.trustTime, definition.cacheTime)
            }
        return OutsideAuthenticator(
            outside: people, database: database, trust: trust, verified: VerifiedCredentials(lifetime: lifetime),
            accessEpoch: accessEpoch)
    }
}

extension OutsideServiceSettings {
    /// Makes the settings of a client from what the configuration says.
    init(_ definition: AuthenticatorDefinition) {
        self.init(
            url: definition.url, secret: definition.secret?.reveal(), authoritiesFile: definition.authoritiesFile,
            timeout: definition.timeout)
    }
}

extension LDAPSettings {
    /// Makes the settings of a client from what the configuration says.
    init(_ definition: DirectoryDefinition) {
        let people: People =
            switch definition.people {
            case .search(let base, let filter): .search(base: base, filter: filter)
            case .format(let format): .format(format)
            }
        let groups: Groups =
            switch definition.groups {
            case .none: .none
            case .attribute(let name): .attribute(name)
            case .search(let base, let filter, let name): .search(base: base, filter: filter, name: name)
            }
        let administrators: Administrators =
            switch definition.administrators {
            case .undecided: .undecided
            case .group(let name): .group(name)
            case .field(let name, let value): .field(name, value: value)
            }
        self.init(
            servers: definition.servers.map { address in
                LDAPServer(
                    host: address.host, port: address.port,
                    encryption: address.isEncrypted ? .tls : definition.startsTLS(address) ? .startTLS : .none)
            },
            authoritiesFile: definition.authoritiesFile,
            service: definition.service.map { ($0.name, $0.password.reveal()) }, people: people, groups: groups,
            administrators: administrators, nameAttribute: definition.nameAttribute,
            idAttribute: definition.idAttribute, followsReferrals: definition.followsReferrals,
            connectTimeout: definition.connectTimeout, timeout: definition.timeout)
    }
}
