package import PackagingStandards
package import Provenance
package import Registry

/// All that `cellar.toml` and the environment say, checked: an immutable value.
///
/// Paths are as they may be opened: those of `[database]` and `[storage]` are already taken from `data_dir`.
package struct ServerConfiguration: Sendable {
    /// What `[server]` says.
    package let server: ServerSettings
    /// Where the database is.
    package let database: DatabaseLocation
    /// How PostgreSQL is used.
    package let databaseConnections: DatabaseConnections
    /// Where distribution files are kept.
    package let storage: StorageLocation
    /// The bucket of the storage; nil if it is a folder.
    package let bucket: BucketDefinition?
    /// How files reach clients.
    package let downloads: DownloadMode
    /// How long a link to a file is good at most.
    package let linkLifetime: Duration
    /// Whom attestations are verified against; none if they are not verified.
    package let trustRoots: [TrustRoot]
    /// The indexes, in the order of the file; at least one.
    package let indexes: [IndexSettings]
    /// The upstreams in the order of the file; `pypi` is always there.
    package let upstreams: [UpstreamDefinition]
    /// The providers with which people sign in, in the order of the file.
    package let signOn: [SignOnDefinition]
    /// The issuers of identity tokens, in the order of the file.
    package let issuers: [IssuerDefinition]
    /// For whom clients are to ask for identity tokens; nil without issuers.
    package let identityAudience: String?
    /// The people, groups and grants that the configuration declares.
    package let declaration: Declaration
    /// The directory that recognises people who have no password here; nil for none.
    package let directory: DirectoryDefinition?
    /// The service that recognises them in place of a directory; nil for none.
    package let authenticator: AuthenticatorDefinition?
    /// Where the audit is passed on to.
    package let audit: AuditSettings
    /// Every setting as it took effect, with where it stands; secrets are hidden.
    package let effectiveSettings: [EffectiveSetting]

    /// The members of each group that the configuration declares.
    package var groups: [String: [String]] { declaration.groups }
}

/// What `[server]` says.
package struct ServerSettings: Sendable {
    package let listen: ListenAddress
    /// The address under which clients reach the server; nil if it is taken from each request.
    package let baseURL: BaseURL?
    /// For whom identity tokens must be meant, if that is written.
    package let audience: String?
    package let dataDirectory: String
    package let spoolDirectory: String
    /// The most bytes that all uploads under way may take.
    package let spoolSize: Int64
    /// The proxies whose `X-Forwarded-…` headers are believed.
    package let trustedProxies: [AddressRange]
    /// The files of the certificate; nil for plain HTTP.
    package let tls: TLSFiles?
    /// How many event loops to run; nil for the number of cores.
    package let loops: Int?
    package let shutdownTimeout: Duration
    /// How long the server answers new requests after it was asked to stop, while it says that it is not ready.
    package let drainTime: Duration
    package let idleTimeout: Duration
    package let uploadIdleTimeout: Duration
    package let maxUploadTime: Duration
    /// The most bytes that rendered pages may take in memory.
    package let pageCacheSize: Int64
    /// What the challenge for a password calls the server; printable ASCII that needs no escape in quotes.
    package let realm: String
    /// How long a browser stays signed in.
    package let sessionLifetime: Duration
    /// Whether strangers may ask for accounts.
    package let isRegistrationOpen: Bool
    /// Whether browsers load the images in descriptions from other sites.
    package let loadsReadmeImages: Bool
    package let logsAccess: Bool
    package let logLevel: LogLevel
    package let logFormat: LogFormat
    /// The password of the first administrator, if the configuration sets one.
    package let adminPassword: Secret?
    /// Whether an empty database beside a full storage is rebuilt at the start.
    package let rebuildsOnEmpty: Bool
}

/// How a database of PostgreSQL is used.
package struct DatabaseConnections: Sendable {
    /// The address past a pooler; nil if it is the same.
    package let directURL: DatabaseURL?
    /// The most connections of this process.
    package let poolSize: Int
    /// How long a statement may take.
    package let statementTimeout: Duration
}

/// Where the audit is passed on to, besides the database.
package struct AuditSettings: Sendable {
    /// A receiver over HTTP.
    package struct Webhook: Sendable {
        /// It may hold a secret: never logged.
        package let address: String
        /// The key of the signatures.
        package let key: [UInt8]

        package init(address: String, key: [UInt8]) {
            self.address = address
            self.key = key
        }
    }

    /// A file for lines of JSON; nil for none.
    package let file: String?
    package let webhook: Webhook?
}

/// The PEM files of the server's certificate and its key.
package struct TLSFiles: Sendable, Hashable {
    package let certificate: String
    package let key: String
}

/// A setting as it took effect; a secret's value is hidden.
package struct EffectiveSetting: Sendable, Equatable {
    /// The path, such as `["index", "main", "read"]`.
    package let path: [String]
    /// The value as it would stand in the file; nil if there is none.
    package let value: String?
    /// What happens without a value.
    package let note: String?
    /// Where the value stands.
    package let place: ConfigurationPlace
}
