/// What `[ldap]` says of the directory that recognises people.
package struct DirectoryDefinition: Sendable {
    /// Where groups are found.
    package enum Groups: Sendable, Hashable {
        case none
        case attribute(String)
        case search(base: String, filter: String, name: String)
    }

    /// Where people are found.
    package enum People: Sendable, Hashable {
        case search(base: String, filter: String)
        case format(String)
    }

    /// What makes an administrator.
    package enum Administrators: Sendable, Hashable {
        case undecided
        case group(String)
        case field(String, value: String)
    }

    /// The servers, in the order in which they are asked; at least one.
    package let servers: [DirectoryAddress]
    /// Whether connections without TLS begin with StartTLS, by the server's address.
    package let startsTLS: @Sendable (DirectoryAddress) -> Bool
    /// A PEM file of authorities; nil for those of the system.
    package let authoritiesFile: String?
    /// Who searches; nil for nobody in particular.
    package let service: (name: String, password: Secret)?
    package let people: People
    package let groups: Groups
    package let administrators: Administrators
    package let nameAttribute: String
    package let idAttribute: String
    package let followsReferrals: Bool
    package let connectTimeout: Duration
    package let timeout: Duration
    /// How long a password that was right is remembered.
    package let cacheTime: Duration
    /// How long what the directory said of groups and role counts.
    package let trustTime: Duration
    /// How often people who have tokens are asked about.
    package let recheckInterval: Duration
}
