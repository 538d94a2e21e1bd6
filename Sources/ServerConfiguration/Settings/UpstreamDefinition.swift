package import Registry

/// What `[upstream.<name>]` says of another index that this server reads.
package struct UpstreamDefinition: Sendable {
    /// What proves to the upstream who we are.
    package enum Credentials: Sendable {
        case none
        case basic(user: String, password: Secret)
        case bearer(token: Secret)
    }

    /// The simple API's address; ends in a slash.
    package let url: String
    package let credentials: Credentials
    /// A PEM file of authorities that are trusted besides those of the system; it was readable.
    package let authoritiesFile: String?
    /// Nil if the environment says which.
    package let proxy: ProxyAddress?
    package let connectTimeout: Duration
    package let responseTimeout: Duration
    package let idleTimeout: Duration
    package let retries: Int
    /// The most bytes of a page, unpacked.
    package let maxPageSize: Int
    package let maxPageFiles: Int
    /// Hosts with private addresses that links and redirects may lead to.
    package let allowedHosts: [String]
    /// Statuses by which it says that it does not have something, 404 and 410 among them.
    package let absentStatuses: Set<Int>
    /// How its pages are kept; its name is in it.
    package let pages: UpstreamSettings
}
