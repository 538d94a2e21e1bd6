import Registry

extension DeclaredKeys {
    static let issuerKind = ConfigurationKey(
        "issuer.*.kind", ValueType<IssuerKind>.choice.optional, default: nil,
        defaultNote: "the name of the section if it is one of these, else `\"generic\"`", example: "\"gitlab\"",
        help: "What the issuer belongs to, which says what its tokens say of a job. Publishers of a `\"generic\"` "
            + "issuer are described by claims.")
    static let issuerURL = ConfigurationKey(
        "issuer.*.url", ValueType<String>.issuerURL.optional, default: nil,
        defaultNote: "the public one of GitHub, GitLab, Google or Buildkite; every other issuer needs one",
        example: quoted(IssuerDefinition.gitHub),
        help: "The issuer, exactly as its tokens name it (`iss`). Its keys are found at "
            + "`<url>/.well-known/openid-configuration`; nobody else is asked for them.")
    static let issuerAudience = ConfigurationKey(
        "issuer.*.audience", ValueType<String>.audience.optional, default: nil, defaultNote: "`server.audience`",
        example: "\"https://pypi.example.com\"",
        help: "For whom the issuer's tokens must be meant (`aud`), if it cannot be told `server.audience`.")
    static let issuerAuthorities = ConfigurationKey(
        "issuer.*.authorities_file", ValueType<String>.path.optional, default: nil,
        defaultNote: "only the system's authorities", example: "\"ca.pem\"",
        help: "A PEM file of certificate authorities that are trusted for this issuer in addition to the system's. A "
            + "relative path begins at the working directory.")
    static let issuerKeyHosts = ConfigurationKey(
        "issuer.*.key_hosts", ValueType<String>.host.list(named: "list of host names or addresses"), default: [],
        defaultNote: "`[\"www.googleapis.com\"]` for Google, else none",
        example: "[\"keys.example.com\"]",
        help: "Other hosts than that of `url` on which the issuer's keys may be.")

    static let issuer: [any DeclaredKey] = [
        issuerKind, issuerURL, issuerAudience, issuerAuthorities, issuerKeyHosts,
    ]
}
