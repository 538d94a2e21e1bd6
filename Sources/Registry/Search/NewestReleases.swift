import PackagingStandards

/// Lists what was published last, in all indexes that a caller may read or in one.
public struct NewestReleases: Sendable {
    /// The most entries of a list.
    public static let longestList = 100
    private static let batch = 200
    /// The most rows that are looked at for a list.
    private static let mostSeen = 5_000

    let permissions: Permissions
    let database: any SearchDatabase

    /// Returns the releases that were published last, newest first. Cached releases are none of them.
    ///
    /// Throws as `Permissions.requireRead` does, for an index that is named.
    public func releases(
        in index: IndexName? = nil, limit: Int = 40, caller: Caller
    ) async throws -> [NewRelease] {
        try await list(in: index, limit: limit, caller: caller, \.index, \.project, \.place) {
            try await database.newestReleases(in: $0, before: $1, limit: Self.batch)
        }
    }

    /// Returns the projects that were published last for the first time, newest first.
    ///
    /// Throws as `Permissions.requireRead` does, for an index that is named.
    public func projects(
        in index: IndexName? = nil, limit: Int = 40, caller: Caller
    ) async throws -> [NewProject] {
        try await list(in: index, limit: limit, caller: caller, \.index, \.project, \.place) {
            try await database.newestProjects(in: $0, before: $1, limit: Self.batch)
        }
    }

    private func list<Entry>(
        in index: IndexName?, limit: Int, caller: Caller, _ indexOf: (Entry) -> IndexName,
        _ projectOf: (Entry) -> NormalizedName, _ placeOf: (Entry) -> FeedPlace,
        _ read: ([IndexName], FeedPlace?) async throws -> [Entry]
    ) async throws -> [Entry] {
        var readable = permissions.indexes.all.filter { permissions.maySee($0, caller) }
        if let index { readable = [try permissions.requireRead(caller, in: index)] }
        let settings = Dictionary(uniqueKeysWithValues: readable.map { ($0.name, $0) })
        let limit = max(0, min(limit, Self.longestList))
        var entries: [Entry] = []
        var seen = 0
        var place: FeedPlace?
        while entries.count < limit, seen < Self.mostSeen, !readable.isEmpty {
            let batch = try await read(readable.map(\.name), place)
            entries += batch.filter { entry in
                settings[indexOf(entry)].map { permissions.may(.read, projectOf(entry), in: $0, caller) } ?? false
            }
            seen += batch.count
            place = batch.last.map(placeOf)
            guard batch.count == Self.batch else { break }
        }
        return Array(entries.prefix(limit))
    }
}
