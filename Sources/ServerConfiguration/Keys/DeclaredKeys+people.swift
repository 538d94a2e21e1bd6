import Registry

extension DeclaredKeys {
    static let passwordHash = ConfigurationKey(
        "users.*.password_hash", ValueType<Secret>.passwordHash.optional, default: nil,
        defaultNote: "none: this key or `password_hash_file` must be set", isSecret: true,
        help:
            "The hash of the user's password, as `cellar hash-password` prints it; hashes of crypt(5) that begin with "
            + "`$y$`, `$6$`, `$5$` or `$2b$` work too. It can be kept in a file: see `password_hash_file`.")
    static let isAdministrator = ConfigurationKey(
        "users.*.admin", .boolean, default: false,
        help: "Whether the user is an administrator, who holds every right.")

    static let users: [any DeclaredKey] = [passwordHash, passwordHash.fileKey, isAdministrator]

    static let group = ConfigurationKey(
        "groups.*", ValueType<String>.userName.list(named: "list of user names"), default: [],
        example: "[\"ada\", \"grace\"]", help: "The members of a group.")

    static let groups: [any DeclaredKey] = [group]

    static let grantedRights = ConfigurationKey(
        "grants.add", ValueType<DeclaredGrant>.grant.list(named: "list of grants"), default: [],
        example: "[\"read group:owners --project acme-billing\"]",
        help:
            "The grants, each in the words that follow `cellar grant add`: a right, a principal, and perhaps `--index` "
            + "and `--project`. They name only users of `[users]`, groups of `[groups]`, and service accounts that own a "
            + "token of `[tokens]`.")

    static let grants: [any DeclaredKey] = [grantedRights]
}
