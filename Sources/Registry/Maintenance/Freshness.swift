/// Follows what other processes change.
public struct Freshness: Sendable {
    let database: any ChangesDatabase
    let invalidation: Invalidation
    let policies: Policies
    let upstreamPages: UpstreamPages

    /// The count of changes to people and rights that this process has seen: a credential that was verified under an
    /// older one must be verified again.
    public var accessEpoch: Int64 { invalidation.freshness.accessEpoch }

    /// Takes notice of what any process changed since the last call, and drops what that makes stale.
    ///
    /// This process's own changes drop their pages before they are answered; this is for those of others, such as
    /// `cellar user password` beside a running server.
    public func observe() async throws {
        let seen = invalidation.freshness.seen
        let changes = try await database.changes(since: seen)
        let foreign = invalidation.freshness.advance(to: changes.cursor)
        if changes.everything {
            invalidation.everythingChanged()
        } else if foreign {
            for project in Set(changes.projects.map(\.project)) {
                invalidation.filesChanged(of: project)
                upstreamPages.forget(project)
            }
            let changed = changes.cursor.serials.filter { seen?.serials[$0.key] != $0.value }
            try await policies.refresh(in: changed.map(\.key))
        }
    }
}
