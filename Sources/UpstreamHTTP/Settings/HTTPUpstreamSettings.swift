/// The configuration of an upstream that is read over HTTP.
package struct HTTPUpstreamSettings: Sendable {
    /// What proves to the upstream who we are; sent to the origin of its address only.
    package enum Credentials: Sendable, Hashable {
        case none
        case basic(user: String, password: String)
        case bearer(token: String)
    }

    package var id: String
    /// The address of the simple API, such as `https://pypi.org/simple/`.
    package var url: String
    package var credentials: Credentials
    /// A PEM file of authorities that are trusted in addition to those of the system, or nil for none.
    package var authoritiesFile: String?
    /// `http://[user:password@]host:port`, or nil for the proxies of the environment.
    package var proxy: String?
    package var connectTimeout: Duration
    /// How long the upstream may take until its answer begins.
    package var responseTimeout: Duration
    /// How long it may be silent within an answer.
    package var idleTimeout: Duration
    /// How often a request that failed for a passing reason is tried again.
    package var retries: Int
    /// The most bytes of a page, unpacked.
    package var maxPageSize: Int
    /// The most files of a page.
    package var maxPageFiles: Int
    /// Other hosts to which its links and redirects may lead even if they are private.
    package var allowedHosts: Set<String>
    /// Statuses that mean that it does not have something.
    package var absentStatuses: Set<Int>

    package init(
        id: String, url: String, credentials: Credentials = .none, authoritiesFile: String? = nil,
        proxy: String? = nil, connectTimeout: Duration = .seconds(10), responseTimeout: Duration = .seconds(30),
        idleTimeout: Duration = .seconds(30), retries: Int = 2, maxPageSize: Int = 64 << 20,
        maxPageFiles: Int = 200_000, allowedHosts: Set<String> = [],
        absentStatuses: Set<Int> = [404, 410]
    ) {
        self.id = id
        self.url = url
        self.credentials = credentials
        self.authoritiesFile = authoritiesFile
        self.proxy = proxy
        self.connectTimeout = connectTimeout
        self.responseTimeout = responseTimeout
        self.idleTimeout = idleTimeout
        self.retries = retries
        self.maxPageSize = maxPageSize
        self.maxPageFiles = maxPageFiles
        self.allowedHosts = allowedHosts
        self.absentStatuses = absentStatuses
    }
}

/// An error in the settings of an upstream; holds no secret.
package struct InvalidUpstreamSettings: Error, Sendable, Hashable, CustomStringConvertible {
    /// The setting below `[upstream.<id>]`, or the environment variable.
    package let key: String
    /// What is wrong and what is expected.
    package let message: String

    init(key: String, _ message: String) {
        self.key = key
        self.message = message
    }

    package var description: String { "\(key): \(message)" }
}
