import Registry

extension DeclaredKeys {
    static let ssoURL = ConfigurationKey(
        "sso.*.url", ValueType<String>.issuerURL.optional, default: nil, defaultNote: "must be set",
        example: "\"https://login.example.com\"",
        help: "The provider's issuer, exactly as its tokens name it (`iss`). Its addresses are found at "
            + "`<url>/.well-known/openid-configuration`.")
    static let ssoClientID = ConfigurationKey(
        "sso.*.client_id", ValueType<String>.audience.optional, default: nil, defaultNote: "must be set",
        example: "\"cellar\"",
        help: "The name of this server at the provider, which must let it send browsers back to "
            + "`<base_url>/login/sso/<name>/callback`.")
    static let ssoClientSecret = ConfigurationKey(
        "sso.*.client_secret", ValueType<Secret>.secret.optional, default: nil,
        defaultNote: "none: a public client, with PKCE alone", isSecret: true,
        help: "The secret of this server at the provider. It is better kept in a file: see `client_secret_file`.")
    static let ssoLabel = ConfigurationKey(
        "sso.*.label", ValueType<String>.label.optional, default: nil, defaultNote: "the name of the section",
        example: "\"Example Corp\"", help: "What the login page calls the provider.")
    static let ssoScopes = ConfigurationKey(
        "sso.*.scopes", ValueType<String>.scope.list(named: "list of scopes"), default: ["openid", "profile"],
        help: "What is asked of the provider. `openid` must be among it.")
    static let ssoNameClaim = ConfigurationKey(
        "sso.*.name_claim", ValueType<String>.claimName, default: "preferred_username",
        help: "The claim that says what people are called here when they sign in for the first time; later they are "
            + "known by their subject. Lists and declared groups name people by it: choose one that people cannot "
            + "change themselves. `\"email\"` counts only if the provider has verified it.")
    static let ssoGroupsClaim = ConfigurationKey(
        "sso.*.groups_claim", ValueType<String>.claimName.optional, default: nil,
        defaultNote: "the provider's groups do not count", example: "\"groups\"",
        help: "The claim with the names of people's groups. They count here for a day after each login.")
    static let ssoAdminGroup = ConfigurationKey(
        "sso.*.admin_group", ValueType<String>.label.optional, default: nil,
        defaultNote: "the provider makes nobody an administrator", example: "\"cellar-admins\"",
        help: "The group at the provider whose members are administrators here, and nobody else of it. Needs "
            + "`groups_claim`.")
    static let ssoRequire = ConfigurationKey(
        "sso.*.require", ValueType<RequiredClaim>.requiredClaim.list(named: "list of claims"), default: [],
        defaultNote: "`[]`: everybody who has an account there; providers that are open to everybody need one",
        example: "[\"hd=example.com\"]",
        help: "Claims that must hold of whoever signs in, as `name=value`; a `*` stands for any text. Of a claim with "
            + "several values one must match.")
    static let ssoAuthorities = ConfigurationKey(
        "sso.*.authorities_file", ValueType<String>.path.optional, default: nil,
        defaultNote: "only the system's authorities", example: "\"ca.pem\"",
        help: "A PEM file of certificate authorities that are trusted for this provider in addition to the system's. A "
            + "relative path begins at the working directory.")
    static let ssoHosts = ConfigurationKey(
        "sso.*.hosts", ValueType<String>.host.list(named: "list of host names or addresses"), default: [],
        defaultNote: "those of Google if it is the provider, else none", example: "[\"keys.example.com\"]",
        help: "Other hosts than that of `url` that the server may ask for keys, tokens and claims.")

    static let sso: [any DeclaredKey] = [
        ssoURL, ssoClientID, ssoClientSecret, ssoClientSecret.fileKey, ssoLabel, ssoScopes, ssoNameClaim,
        ssoGroupsClaim, ssoAdminGroup, ssoRequire, ssoAuthorities, ssoHosts,
    ]
}
