import PackagingStandards
import Registry

extension DeclaredKeys {
    private static let ownerNote = "none: one of `user`, `group` and `service` must be set"

    static let tokenUser = ConfigurationKey(
        "tokens.*.user", ValueType<String>.userName.optional, default: nil, defaultNote: ownerNote, example: "\"ada\"",
        help: "The user of `[users]` who owns the token, and whose rights it has.")
    static let tokenGroup = ConfigurationKey(
        "tokens.*.group", ValueType<String>.groupName.optional, default: nil, defaultNote: ownerNote,
        example: "\"owners\"", help: "The group of `[groups]` that owns the token, and whose rights it has.")
    static let tokenService = ConfigurationKey(
        "tokens.*.service", ValueType<String>.serviceName.optional, default: nil, defaultNote: ownerNote,
        example: "\"deploy\"",
        help:
            "The service account that owns the token, and whose rights it has: what lists and grants give to "
            + "`service:<name>`. It is made if there is none.")
    static let tokenHash = ConfigurationKey(
        "tokens.*.hash", ValueType<Secret>.tokenHash.optional, default: nil,
        defaultNote: "none: this key or `hash_file` must be set", isSecret: true,
        help:
            "The hash of the token, as `cellar token hash` prints it; `cellar token hash --new` makes a token. It can be "
            + "kept in a file: see `hash_file`.")
    static let tokenRights = ConfigurationKey(
        "tokens.*.rights", ValueType<Right>.right.list(named: "list of rights").optional, default: nil,
        defaultNote: "none: all",
        example: "[\"read\"]", help: "What the token may be used for, if its owner has the right.")
    static let tokenIndexes = ConfigurationKey(
        "tokens.*.indexes", ValueType<IndexName>.indexName.list(named: "list of indexes").optional, default: nil,
        defaultNote: "none: all", example: "[\"main\"]", help: "Where the token counts.")
    static let tokenProjects = ConfigurationKey(
        "tokens.*.projects", ValueType<NormalizedName>.projectName.list(named: "list of project names").optional,
        default: nil, defaultNote: "none: all", example: "[\"acme-billing\"]",
        help:
            "The projects for which the token counts, in `indexes`, or in `main` without these. They need not exist yet."
    )
    static let tokenEnd = ConfigurationKey(
        "tokens.*.expires", ValueType<TokenEnd>.tokenEnd.optional, default: nil, defaultNote: "none: it must be set",
        example: "\"2027-03-31\"",
        help:
            "When the token ends: a date, with whose first second in UTC it ends, a moment such as "
            + "`\"2027-03-31T12:00:00Z\"`, or `\"never\"`.")

    static let tokens: [any DeclaredKey] = [
        tokenUser, tokenGroup, tokenService, tokenHash, tokenHash.fileKey, tokenRights, tokenIndexes, tokenProjects,
        tokenEnd,
    ]
}
