extension Registry {
    /// The count of changes to people and rights that this process has seen: a credential that was verified under an
    /// older one must be verified again.
    public var accessEpoch: Int64 {
        freshness.accessEpoch
    }

    /// Takes notice of what any process changed since the last call, and drops what that makes stale.
    ///
    /// This process's own changes drop their pages before they are answered; this is for the others', such as
    /// `cellar user password` beside a running server.
    public func observeChanges() async throws {
        let seen = freshness.seen
        let changes = try await database.changes(since: seen)
        let foreign = freshness.advance(to: changes.cursor)
        if changes.everything {
            pages.dropAll()
            exceptionCache.forgetAll()
            files.dropAll()
        } else if foreign {
            for project in Set(changes.projects.map(\.project)) {
                dropPages(of: project)
                upstreamPages.forget(project)
            }
            files.dropAll()
            let changed = changes.cursor.serials.filter { seen?.serials[$0.key] != $0.value }
            try await refreshExceptions(in: changed.map(\.key))
        }
    }
}
