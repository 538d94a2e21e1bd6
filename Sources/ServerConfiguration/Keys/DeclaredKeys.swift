/// The one table of the keys of `cellar.toml`, in the order of the reference page.
enum DeclaredKeys {
    /// All keys, those that name a secret's file included.
    static let all: [any DeclaredKey] =
        [
            server, database, storage, provenance, index, upstream, sso, issuer, users, groups, grants, tokens,
            publishers, directory, authenticator, audit,
        ].flatMap(\.self)

    /// A sentence on each section, in the order of the reference page.
    static let sections: [(pattern: [String], help: String)] = [
        (["server"], "The server itself: where it listens, where it keeps its data, and its limits."),
        (["database"], "Where the database is."),
        (["storage"], "Where distribution files are stored."),
        (
            ["provenance"],
            "Whose attestations of uploads are trusted (PEP 740). Without a trust root, attestations are kept and neither "
                + "verified nor shown."
        ),
        (
            ["index", "*"],
            "One section for each index. Without any, there is one index, `main`, with the defaults. An index that is "
                + "removed from the file is hidden, not deleted."
        ),
        (
            ["upstream", "*"],
            "One section for each index on another server that `upstreams` of an index may name. `[upstream.pypi]` "
                + "always exists, with the address of pypi.org."
        ),
        (
            ["sso", "*"],
            "One section for each provider with which people sign in (OpenID Connect): see [sso.md](sso.md). Without any, "
                + "they sign in with passwords."
        ),
        (
            ["issuer", "*"],
            "One section for each issuer of identity tokens that jobs of CI systems may trade for tokens of this server, "
                + "without any secret: see [keyless.md](keyless.md). Without any, nobody can."
        ),
        (
            ["users", "*"],
            "One section for each user that is declared here, and changed only here; others are added with `cellar user`. "
                + "Taking the section out removes the user."
        ),
        (["groups"], "Groups of users, for the lists of the indexes (`group:<name>`) and for grants."),
        (["grants"], "Grants that are given here, and taken back only here; others are given with `cellar grant`."),
        (
            ["tokens", "*"],
            "One section for each token that is declared here, and ends only here; others are made with `cellar token`. "
                + "Taking the section out, or changing it, ends the token and what was made with it."
        ),
        (
            ["publishers"],
            "Trusted publishers that are declared here, and removed only here; others are added with `cellar publisher`."
        ),
        (
            ["ldap"],
            "A directory that recognises users who have no password here (LDAP). It is asked only if `urls` has a server."
        ),
        (
            ["authenticator"],
            "A service of your own that recognises users who have no password here, in place of a directory."
        ),
        (["audit"], "Where the audit is passed on to, besides the database."),
    ]

    /// Returns the name that stands for `*` in examples of a section.
    static func sampleName(inSection pattern: [String]) -> String {
        switch pattern.first {
        case "upstream": "pypi"
        case "users": "ada"
        case "issuer": "github"
        case "tokens": "deploy"
        case "sso": "corp"
        default: "main"
        }
    }

    /// Returns whether a new file shows a section only in comments: by default there is no user, no token, no issuer and
    /// no provider.
    static func isOnlyShown(section pattern: [String]) -> Bool {
        ["users", "tokens", "issuer", "sso"].contains(pattern.first)
    }

    /// Returns the pattern of a section as people read it: `[index.<name>]`.
    static func displayName(ofSection pattern: [String]) -> String {
        "[" + pattern.map { $0 == "*" ? "<name>" : $0 }.joined(separator: ".") + "]"
    }
}
