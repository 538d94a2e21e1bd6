public import PackagingStandards

extension Registry {
    /// Makes a project's name this server's own: no upstream is asked for it any more, by any index.
    ///
    /// The project is local in this index, made where it is not there, and may be published to; every other index that
    /// had it from an upstream keeps the name reserved. What was cached of it is forgotten everywhere, and says which
    /// files that were. Only for administrators.
    @discardableResult
    public func claim(
        _ project: NormalizedName, in index: IndexName, caller: Caller
    ) async throws -> [CachedFile] {
        try requireAdministrator(caller, to: "claim projects")
        _ = try settings(of: index)
        let pruned = try await database.claim(project, in: index, by: author(caller))
        files.dropAll()
        dropPages(of: project)
        try await flushOutbox()
        try await removeFreed(Set(pruned.map { BlobName(digest: $0.sha256, name: $0.filename) }))
        return pruned
    }
}
