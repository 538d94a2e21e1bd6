import PackagingStandards

/// Finds projects in all indexes that a caller may read.
public struct Search: Sendable {
    let indexes: Indexes
    let permissions: Permissions
    let database: any SearchDatabase

    /// Returns a page of the projects that a text means and that a caller may read.
    ///
    /// - Parameters:
    ///   - text: A name, or words; empty for every project.
    ///   - index: The index to look in, with those behind it; nil for all that the caller may read.
    ///   - classifiers: Only projects with each of these.
    ///   - kind: Only projects of this kind; nil for any.
    ///   - offset: How many results to leave out.
    ///   - limit: The most results, up to `ProjectQuery.longestPage`.
    ///   - caller: Who asks.
    /// - Returns: The page, and how many were found.
    /// - Throws: What `Permissions.requireRead` does, for an index that is named.
    public func projects(
        _ text: String, in index: IndexName? = nil, classifiers: [String] = [], kind: ProjectKind? = nil,
        offset: Int = 0, limit: Int = 20, caller: Caller
    ) async throws -> SearchResults {
        let readable = try readableIndexes(index, caller)
        let readsAll = readable.allSatisfy { permissions.readsAll(of: $0, caller) }
        let query = ProjectQuery(
            indexes: readable.map(\.name), text: text, classifiers: classifiers, kind: kind,
            offset: offset, limit: limit)
        var isReadable: (@Sendable (IndexName, NormalizedName) -> Bool)?
        if !readsAll {
            let settings = Dictionary(uniqueKeysWithValues: readable.map { ($0.name, $0) })
            isReadable = { [permissions] index, project in
                settings[index].map { permissions.may(.read, project, in: $0, caller) } ?? false
            }
        }
        let found = try await database.find(query, isReadable: isReadable)
        return SearchResults(
            projects: found.projects, count: found.count, isCut: found.isCut,
            reservations: reservations(of: text, in: readable))
    }

    /// Returns the indexes to look in.
    private func readableIndexes(_ index: IndexName?, _ caller: Caller) throws -> [IndexSettings] {
        guard let index else { return indexes.all.filter { permissions.maySee($0, caller) } }
        let settings = try permissions.requireRead(caller, in: index)
        let chain = indexes.chain(of: index) ?? [settings]
        return chain.filter { permissions.maySee($0, caller) }
    }

    /// Returns the patterns that reserve a name which somebody looks for.
    private func reservations(of text: String, in readable: [IndexSettings]) -> [SearchResults.Reservation] {
        guard let name = NormalizedName(text) else { return [] }
        return readable.flatMap { index in
            index.privateNames.filter { $0.matches(name) }.map { .init(index: index.name, pattern: $0) }
        }
    }
}

/// A page of what a search found.
public struct SearchResults: Sendable {
    /// A pattern of the configuration that keeps a name from upstreams.
    public struct Reservation: Sendable, Hashable {
        public let index: IndexName
        public let pattern: NamePattern
    }

    /// Best first.
    public let projects: [FoundProject]
    /// How many were found in all, at most ``ProjectQuery/mostFound``.
    public let count: Int
    /// Whether there may be more than that.
    public let isCut: Bool
    /// What reserves the name, if the text is one.
    public let reservations: [Reservation]
}
