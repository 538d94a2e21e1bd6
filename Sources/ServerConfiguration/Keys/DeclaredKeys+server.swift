import PackagingStandards

extension DeclaredKeys {
    static let listen = ConfigurationKey(
        "server.listen", .listenAddress, default: .standard,
        help: "The address and port to listen on. With `0.0.0.0:6543` or `[::]:6543`, other machines can connect; "
            + "every index must then set `read`. With `$PORT` as the port, as in `0.0.0.0:$PORT`, it is the variable "
            + "`PORT` of the environment.")
    static let baseURL = ConfigurationKey(
        "server.base_url", ValueType<BaseURL>.baseURL.optional, default: nil, defaultNote: "taken from each request",
        example: "\"https://pypi.example.com\"",
        help: "The address at which clients reach the server, for complete URLs such as the setup link and the "
            + "addresses of provenance on pages. All other links on pages are relative and do not need it.")
    static let audience = ConfigurationKey(
        "server.audience", ValueType<String>.audience.optional, default: nil, defaultNote: "the host of `base_url`",
        example: "\"pypi.example.com\"",
        help: "For whom identity tokens of CI systems must be meant (`aud`). No other server may have the same: else "
            + "it could use here the tokens that it is sent itself.")
    static let dataDirectory = ConfigurationKey(
        "server.data_dir", .path, default: "cellar-data",
        help: "The folder for all data of the server; created if it is missing. A relative path begins at the working "
            + "directory.")
    static let spoolDirectory = ConfigurationKey(
        "server.spool_dir", ValueType<String>.path.optional, default: nil, defaultNote: "`spool` in `data_dir`",
        example: "\"cellar-data/spool\"",
        help: "The folder for uploads in progress. It must be local, and may be a tmpfs. A relative path begins at the "
            + "working directory.")
    static let spoolSize = ConfigurationKey(
        "server.spool_size", .size(atLeast: 1 << 20), default: 16 << 30,
        help: "The most bytes that all uploads in progress may take in `spool_dir`; further uploads are asked to try "
            + "again later. At least as large as every index's `max_file_size`.")
    static let trustedProxies = ConfigurationKey(
        "server.trusted_proxies", ValueType<AddressRange>.addressRange.list(named: "list of addresses or ranges"),
        default: [], example: "[\"127.0.0.1\", \"10.0.0.0/8\"]",
        help: "The reverse proxies whose `X-Forwarded-For`, `X-Forwarded-Host` and `X-Forwarded-Proto` headers are "
            + "trusted. Each of them must set all three, or append to them: what it lets pass, a client may have "
            + "written. The client's address is the last one in `X-Forwarded-For` that is none of theirs. Of several "
            + "proxies in a row, the outermost one's host and scheme count.")
    static let tlsCertificate = ConfigurationKey(
        "server.tls_certificate", ValueType<String>.path.optional, default: nil, defaultNote: "plain HTTP",
        example: "\"certificate.pem\"",
        help: "A PEM file with the server's certificate and its chain. Needs `tls_key`. A relative path begins at the "
            + "working directory.")
    static let tlsKey = ConfigurationKey(
        "server.tls_key", ValueType<String>.path.optional, default: nil, defaultNote: "plain HTTP",
        example: "\"key.pem\"",
        help: "A PEM file with the private key of `tls_certificate`.")
    static let loops = ConfigurationKey(
        "server.loops", ValueType<Int>.integer(1...1024).optional, default: nil, defaultNote: "the number of cores",
        example: "2",
        help: "How many event loops serve requests.")
    static let shutdownTimeout = ConfigurationKey(
        "server.shutdown_timeout", .duration(.seconds(0) ... .seconds(3600)), default: .seconds(30),
        help: "How long requests in progress may take to finish after SIGTERM.")
    static let drainTime = ConfigurationKey(
        "server.drain_time", .duration(.seconds(0) ... .seconds(3600)), default: .seconds(0),
        help:
            "How long after SIGTERM new requests are still answered, while `/health/ready` says that the server is not "
            + "ready: a load balancer needs as long to notice.")
    static let idleTimeout = ConfigurationKey(
        "server.idle_timeout", .duration(.seconds(1) ... .seconds(86_400)), default: .seconds(60),
        help: "How long a connection may stay open between requests.")
    static let uploadIdleTimeout = ConfigurationKey(
        "server.upload_idle_timeout", .duration(.seconds(1) ... .seconds(86_400)), default: .seconds(60),
        help: "How long a client may pause in the middle of a request.")
    static let maxUploadTime = ConfigurationKey(
        "server.max_upload_time", .duration(.seconds(1) ... .seconds(7 * 86_400)), default: .seconds(3600),
        help: "How long one upload may take in total.")
    static let pageCacheSize = ConfigurationKey(
        "server.page_cache_size", .size(), default: 64 << 20,
        help: "The most memory that rendered pages may take; with `0`, pages are rendered for every request.")
    static let realm = ConfigurationKey(
        "server.realm", .realm, default: "Cellar", example: "\"Packages of Acme\"",
        help: "What the server calls itself when it asks for a password (the realm of HTTP Basic), which browsers and "
            + "clients show.")
    static let sessionLifetime = ConfigurationKey(
        "server.session_lifetime", .duration(.seconds(900) ... .seconds(43_200)), default: .seconds(43_200),
        help: "How long somebody stays signed in who signs in on the server's pages.")
    static let registration = ConfigurationKey(
        "server.registration", .boolean, default: false,
        help: "Whether strangers may ask for an account on a page of the server; an administrator approves each "
            + "request.")
    static let readmeImages = ConfigurationKey(
        "server.readme_images", .boolean, default: false,
        help: "Whether browsers load the images in descriptions of projects from other sites, by https. Else the "
            + "pages show links to them, and ask no other site for anything.")
    static let accessLog = ConfigurationKey(
        "server.access_log", .boolean, default: true, help: "Whether each request is logged, as one line at `info`.")
    static let logLevel = ConfigurationKey(
        "server.log_level", ValueType<LogLevel>.choice, default: .info, help: "The lowest level that is logged.")
    static let logFormat = ConfigurationKey(
        "server.log_format", ValueType<LogFormat>.choice, default: .auto,
        help: "The format of log lines; `auto` writes text for people to a terminal, and JSON otherwise.")
    static let adminPassword = ConfigurationKey(
        "server.admin_password", ValueType<Secret>.secret.optional, default: nil,
        defaultNote: "a one-time setup link is printed at the first start", isSecret: true,
        help: "The password of the first administrator, `admin`, who is created at the first start. Has no effect once "
            + "there is an administrator. It is better kept in a file: see `admin_password_file`.")
    static let rebuildOnEmpty = ConfigurationKey(
        "server.rebuild_on_empty", .boolean, default: false,
        help: "Whether an empty database is rebuilt at the start if the storage is not empty. Otherwise such a server "
            + "does not start until `cellar rebuild` has run.")

    static let server: [any DeclaredKey] = [
        listen, baseURL, audience, dataDirectory, spoolDirectory, spoolSize, trustedProxies, tlsCertificate, tlsKey,
        loops, shutdownTimeout, drainTime, idleTimeout, uploadIdleTimeout, maxUploadTime, pageCacheSize, realm,
        sessionLifetime,
        registration, readmeImages, accessLog, logLevel, logFormat, adminPassword, adminPassword.fileKey,
        rebuildOnEmpty,
    ]

    static let databaseURL = ConfigurationKey(
        "database.url", .databaseURL, default: DatabaseLocation.sqlite(path: "cellar.db"), isSecret: true,
        help: "The database: `sqlite:` and the path of a file, which is created if it is missing (a relative path "
            + "begins at `data_dir`), or `postgresql://user@host:5432/database?sslmode=verify-full`, with every option "
            + "that PostgreSQL's library knows: see [postgresql.md](postgresql.md). The password may stand in the "
            + "URL, in `PGPASSWORD`, or in a `passfile`.")
    static let databaseURLFile = ConfigurationKey(
        "database.url_file", ValueType<String>.path.optional, default: nil, defaultNote: "none",
        example: "\"/run/secrets/database-url\"",
        help: "A file that holds `url`; one line break at its end is ignored.")
    static let databaseDirectURL = ConfigurationKey(
        "database.direct_url", ValueType<DatabaseURL>.postgresURL.optional, default: nil, defaultNote: "`url`",
        example: "\"postgresql://cellar@db.example.com/cellar\"", isSecret: true,
        help: "With a pooler in `url`, the address of the same PostgreSQL database past it. The schema is brought up "
            + "to date there, and no statement is prepared.")
    static let databaseDirectURLFile = ConfigurationKey(
        "database.direct_url_file", ValueType<String>.path.optional, default: nil, defaultNote: "none",
        example: "\"/run/secrets/database-direct-url\"",
        help: "A file that holds `direct_url`; one line break at its end is ignored.")
    static let databasePoolSize = ConfigurationKey(
        "database.pool_size", ValueType<Int>.integer(2...500).optional, default: nil, defaultNote: "10", example: "20",
        help: "The most connections to PostgreSQL of one server. At most two of them write.")
    static let databaseStatementTimeout = ConfigurationKey(
        "database.statement_timeout", ValueType<Duration>.duration(.seconds(1) ... .seconds(3600)).optional,
        default: nil, defaultNote: "30 seconds", example: "\"1m\"",
        help: "How long one statement may take in PostgreSQL before it is ended and the request is answered 503.")

    static let database: [any DeclaredKey] = [
        databaseURL, databaseURLFile, databaseDirectURL, databaseDirectURLFile, databasePoolSize,
        databaseStatementTimeout,
    ]
}

extension ListenAddress {
    /// The loopback address at Cellar's port.
    static let standard = ListenAddress(host: "127.0.0.1", port: 6543)
}
