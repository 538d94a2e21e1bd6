public import PackagingStandards

/// The role of the database that knows who owns a name, and decides every race for one.
public protocol NameDatabase: Sendable {
    /// Returns who owns a name.
    func standing(of project: NormalizedName, in index: IndexName) async throws -> NameStanding

    /// Gives a project that the index does not know the origin `upstream:<id>`, unless it is published anywhere
    /// (`mayMix` aside). Returns the origin afterwards, or nil if it has none.
    func adopt(
        _ project: NormalizedName, displayName: String, from upstream: String, in index: IndexName, mayMix: Bool,
        at moment: Timestamp
    ) async throws -> ProjectOrigin?

    /// Makes a name private: local in this index, which is given the project if it has none; every other index that had
    /// it from an upstream reserves it; its cached files are pruned everywhere. Returns the pruned files.
    func claim(_ project: NormalizedName, in index: IndexName, by change: ChangeAuthor) async throws -> [CachedFile]

    /// Gives a name of this index, local without published files or reserved, back to the upstreams.
    ///
    /// Other indexes that own it keep it; if none does, what a claim reserved is given back in every index.
    func release(_ project: NormalizedName, in index: IndexName, by change: ChangeAuthor) async throws -> ReleaseOutcome
}

/// The result of giving a name back.
public enum ReleaseOutcome: Sendable, Hashable {
    /// The index does not own it any more; the indexes in the list do, and keep it private.
    case released(remaining: [IndexName])
    /// The index still lists files that were published in it.
    case hasFiles
    /// Other indexes own it, and this one keeps it reserved for them.
    case ownedElsewhere([IndexName])
    /// The index does not own the name.
    case notOwned
}
