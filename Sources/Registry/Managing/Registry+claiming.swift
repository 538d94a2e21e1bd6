public import PackagingStandards

extension Registry {
    /// Makes a project's name this server's own: no upstream is asked for it any more, by any index.
    ///
    /// The project is local in this index, made if it is not there, and may be published to; every other index that
    /// had it from an upstream keeps the name reserved. What was cached of it is forgotten everywhere. Takes the right
    /// `claim`.
    ///
    /// - Returns: The files that were cached.
    @discardableResult
    public func claim(
        _ project: NormalizedName, in index: IndexName, caller: Caller
    ) async throws -> [CachedFile] {
        try require(.claim, of: caller, in: try settings(of: index), to: "claim names")
        let pruned = try await database.claim(project, in: index, by: author(caller))
        try await finishClaim(of: project, pruned)
        return pruned
    }

    /// Gives a name without published files back to the upstreams. Takes the right `claim`.
    ///
    /// Throws `.conflict` if the index still has files, if the configuration reserves the name, or if it is not this
    /// index's to give.
    @discardableResult
    public func release(
        _ project: NormalizedName, in index: IndexName, caller: Caller
    ) async throws -> ReleasedName {
        try require(.claim, of: caller, in: try settings(of: index), to: "release names")
        if isReserved(project) {
            throw RegistryError(
                .conflict,
                "The configuration reserves the name \(project): take it out of the setting \"private\" first.")
        }
        switch try await database.release(project, in: index, by: author(caller)) {
        case .released(let remaining):
            files.dropAll()
            dropPages(of: project)
            try await flushOutbox()
            return ReleasedName(isPrivate: !remaining.isEmpty, owners: readable(remaining, by: caller))
        case .hasFiles:
            throw RegistryError(
                .conflict,
                """
                The index \(index) has published files of \(project): delete them before the name is given back to \
                upstreams.
                """)
        case .ownedElsewhere(let owners):
            let named = readable(owners, by: caller)
            let place = named.isEmpty ? "another index" : named.map(\.description).joined(separator: ", ")
            throw RegistryError(
                .conflict, "The index \(index) only keeps \(project) reserved for \(place): release it there.")
        case .notOwned:
            throw RegistryError(
                .conflict, "The name \(project) is not the index \(index)'s own: there is nothing to give back.")
        }
    }

    /// Makes known that a name has been claimed.
    func finishClaim(of project: NormalizedName, _ pruned: [CachedFile]) async throws {
        files.dropAll()
        dropPages(of: project)
        try await flushOutbox()
        try await removeFreed(Set(pruned.map { BlobName(digest: $0.sha256, name: $0.filename) }))
    }

    private func readable(_ names: [IndexName], by caller: Caller) -> [IndexName] {
        names.filter { name in indexes[name].map { AccessDecision.allows(.read, to: caller, in: $0) } ?? false }
            .sorted()
    }
}

/// What became of a name that an index gave back.
public struct ReleasedName: Sendable, Hashable {
    /// Whether other indexes own it, so that no upstream is asked for it still.
    public let isPrivate: Bool
    /// Those of them that the caller may read in.
    public let owners: [IndexName]
}
