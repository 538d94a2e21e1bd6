extension DeclaredKeys {
    static let upstreamURL = ConfigurationKey(
        "upstream.*.url", ValueType<String>.simpleAPIURL.optional, default: nil,
        defaultNote: "`\"\(SimpleAPIURL.pypi)\"` for `[upstream.pypi]`; every other upstream needs one",
        example: quoted(SimpleAPIURL.pypi),
        help: "The URL of the upstream's simple API, the one that pip takes as `--index-url`.")
    static let upstreamUsername = ConfigurationKey(
        "upstream.*.username", ValueType<String>.basicUserName.optional, default: nil, defaultNote: "none",
        example: "\"cellar\"",
        help: "The user name that is sent to the upstream, only to its own host and port. Needs `password` or "
            + "`password_file`.")
    static let upstreamPassword = ConfigurationKey(
        "upstream.*.password", ValueType<Secret>.secret.optional, default: nil, defaultNote: "none", isSecret: true,
        help: "The password of `username`. It is better kept in a file: see `password_file`.")
    static let upstreamToken = ConfigurationKey(
        "upstream.*.token", ValueType<Secret>.token.optional, default: nil, defaultNote: "none", isSecret: true,
        help: "A token that is sent to the upstream as `Authorization: Bearer`, instead of `username` and `password`. "
            + "It is better kept in a file: see `token_file`.")
    static let upstreamAuthorities = ConfigurationKey(
        "upstream.*.authorities_file", ValueType<String>.path.optional, default: nil,
        defaultNote: "only the system's authorities", example: "\"ca.pem\"",
        help: "A PEM file of certificate authorities that are trusted for this upstream in addition to the system's. A "
            + "relative path begins at the working directory.")
    static let upstreamProxy = ConfigurationKey(
        "upstream.*.proxy", ValueType<ProxyAddress>.proxy.optional, default: nil,
        defaultNote: "`HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` of the environment, except for hosts in `NO_PROXY`",
        example: "\"http://proxy.example.com:3128\"",
        help: "The HTTP proxy through which the upstream is reached. The URL may contain a user name and a password, "
            + "which are never shown.")
    static let connectTimeout = ConfigurationKey(
        "upstream.*.connect_timeout", .duration(.seconds(1) ... .seconds(600)), default: .seconds(10),
        help: "How long it may take to connect to the upstream.")
    static let responseTimeout = ConfigurationKey(
        "upstream.*.response_timeout", .duration(.seconds(1) ... .seconds(3600)), default: .seconds(30),
        help: "How long the upstream may take until its answer begins.")
    static let upstreamIdleTimeout = ConfigurationKey(
        "upstream.*.idle_timeout", .duration(.seconds(1) ... .seconds(3600)), default: .seconds(30),
        help: "How long the upstream may pause in the middle of an answer.")
    static let retries = ConfigurationKey(
        "upstream.*.retries", .integer(0...10), default: 2,
        help: "How often a request is retried if it failed for a temporary reason.")
    static let maxPageSize = ConfigurationKey(
        "upstream.*.max_page_size", .size(atLeast: 64 << 10), default: 64 << 20,
        help: "The most bytes that a page of the upstream may have, unpacked; a larger one is refused.")
    static let maxPageFiles = ConfigurationKey(
        "upstream.*.max_page_files", .integer(1...10_000_000), default: 200_000,
        help: "The most files that a page of the upstream may list; a page with more is refused.")
    static let allowHosts = ConfigurationKey(
        "upstream.*.allow_hosts", ValueType<String>.host.list(named: "list of host names or addresses"), default: [],
        example: "[\"files.corp.example\"]",
        help: "Hosts with private or loopback addresses that the upstream's links and redirects may lead to. The host "
            + "of `url` is always allowed; any other host must have a public address. A project's page may be "
            + "redirected only to these hosts: an upstream that redirects it elsewhere does not have the project.")
    static let absentStatuses = ConfigurationKey(
        "upstream.*.absent_statuses", ValueType<Int>.absentStatus.list(named: "list of HTTP statuses"),
        default: [404, 410], example: "[403, 404, 410]",
        help: "The statuses that mean that the upstream does not have a project or a file, so that the next one is "
            + "asked. 404 and 410 always mean this. Object stores that do not allow listing answer 403; add it only if "
            + "the upstream never means a refusal by it.")
    static let minFresh = ConfigurationKey(
        "upstream.*.min_fresh", .duration(.seconds(0) ... .seconds(86_400)), default: .seconds(600),
        help: "How long a page is used at least before the upstream is asked whether it has changed. The upstream may "
            + "set a longer time, up to a day.")
    static let maxStale = ConfigurationKey(
        "upstream.*.max_stale", .duration(.seconds(0) ... .seconds(3650 * 86_400)), default: .seconds(30 * 86_400),
        help: "How old a page may be to be still served while the upstream fails.")
    static let unknownFor = ConfigurationKey(
        "upstream.*.unknown_for", .duration(.seconds(0) ... .seconds(86_400)), default: .seconds(60),
        help: "How long the server remembers that the upstream does not have a project.")

    static let upstream: [any DeclaredKey] = [
        upstreamURL, upstreamUsername, upstreamPassword, upstreamPassword.fileKey, upstreamToken,
        upstreamToken.fileKey, upstreamAuthorities, upstreamProxy, connectTimeout, responseTimeout,
        upstreamIdleTimeout, retries, maxPageSize, maxPageFiles, allowHosts, absentStatuses, minFresh, maxStale,
        unknownFor,
    ]
}
