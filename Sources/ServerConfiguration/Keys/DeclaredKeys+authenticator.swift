extension DeclaredKeys {
    static let authenticatorURL = ConfigurationKey(
        "authenticator.url", ValueType<String>.authenticatorURL.optional, default: nil, defaultNote: "none",
        example: "\"https://users.example.com/authenticate\"",
        help:
            "The https address that is asked with one POST about a user name and a password; http is enough on a loopback "
            + "address. Without it, no service is asked.")
    static let authenticatorSecret = ConfigurationKey(
        "authenticator.secret", ValueType<Secret>.token.optional, default: nil, defaultNote: "none", isSecret: true,
        help: "What is sent as `Authorization: Bearer`, so that the service knows who asks.")
    static let authenticatorAuthorities = ConfigurationKey(
        "authenticator.ca_file", ValueType<String>.path.optional, default: nil,
        defaultNote: "only the system's authorities", example: "\"ca.pem\"",
        help: "A PEM file of certificate authorities that are trusted for the service in addition to the system's. A "
            + "relative path begins at the working directory.")
    static let authenticatorTimeout = ConfigurationKey(
        "authenticator.timeout", .duration(.seconds(1) ... .seconds(60)), default: .seconds(5),
        help: "How long one answer may take.")
    static let authenticatorCacheTime = ConfigurationKey(
        "authenticator.cache_time", .duration(.seconds(1) ... .seconds(3600)), default: .seconds(60),
        help: "How long a password that was right is remembered.")
    static let authenticatorTrustTime = ConfigurationKey(
        "authenticator.trust_time", .duration(.seconds(60) ... .seconds(30 * 86_400)), default: .seconds(86_400),
        help: "How long it counts what the service said of somebody's groups and role, also for their tokens.")

    static let authenticator: [any DeclaredKey] = [
        authenticatorURL, authenticatorSecret, authenticatorSecret.fileKey, authenticatorAuthorities,
        authenticatorTimeout, authenticatorCacheTime, authenticatorTrustTime,
    ]
}
