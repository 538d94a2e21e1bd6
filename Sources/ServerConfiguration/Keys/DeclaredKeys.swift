/// The one table of the keys of `cellar.toml`, in the order of the reference page.
enum DeclaredKeys {
    /// All keys, those that name a secret's file included.
    static let all: [any DeclaredKey] = server + database + storage + provenance + index + upstream + groups + audit

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
        (["groups"], "Groups of users, for the lists of the indexes (`group:<name>`)."),
        (["audit"], "Where the audit is passed on to, besides the database."),
    ]

    /// Returns the name that stands for `*` in examples of a section.
    static func sampleName(inSection pattern: [String]) -> String {
        pattern.first == "upstream" ? "pypi" : "main"
    }

    /// Returns the pattern of a section as people read it: `[index.<name>]`.
    static func displayName(ofSection pattern: [String]) -> String {
        "[" + pattern.map { $0 == "*" ? "<name>" : $0 }.joined(separator: ".") + "]"
    }
}
