public import PackagingStandards

/// The role of the database from which the pages for people show what is known of a project beside its files.
public protocol DetailDatabase: Sendable {
    /// Returns how the files of a project were published, by file name, as far as the audit says it.
    func publications(of project: NormalizedName, in index: IndexName) async throws -> [String: FilePublication]

    /// Returns those of some names that are listed in any of these indexes.
    func listed(
        _ names: [NormalizedName], in indexes: [IndexName]
    ) async throws -> [NormalizedName: Set<IndexName>]

    /// Returns the name of the person with an id; nil if they were removed.
    func userName(ofID id: Int64) async throws -> String?
}

/// How a file was published.
public struct FilePublication: Sendable, Hashable {
    /// The name of whoever published it, as the audit has it.
    public let actor: String
    /// The token with which it was published; nil for none.
    public let token: TokenMark?
    /// What the client sent behind a `+` after the user name.
    public let tag: String?

    public init(actor: String, token: TokenMark?, tag: String?) {
        self.actor = actor
        self.token = token
        self.tag = tag
    }
}
