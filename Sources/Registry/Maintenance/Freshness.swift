import LocalFiles
import Synchronization

/// Follows what other processes change.
///
/// Every request relies on a read of the changes that began after the request arrived; requests at the same time share
/// one. If the database can see without waiting that nothing was committed, that is as good as a read. Otherwise each
/// request waits for one.
public final class Freshness: Sendable {
    private let database: any ChangesDatabase & AccessDatabase
    private let access: AccessMemory
    private let invalidation: Invalidation
    private let policies: Policies
    private let upstreamPages: UpstreamPages
    private let reads: SharedRead
    /// The database's mark from before the last read that succeeded.
    private let mark = Mutex<CommitMark?>(nil)

    init(
        database: any ChangesDatabase & AccessDatabase, access: AccessMemory, invalidation: Invalidation,
        policies: Policies, upstreamPages: UpstreamPages
    ) {
        self.database = database
        self.access = access
        self.invalidation = invalidation
        self.policies = policies
        self.upstreamPages = upstreamPages
        reads = SharedRead(on: database.changesThreads)
    }

    /// The count of changes to people and rights that this process has seen: a credential that was verified under an
    /// older one must be verified again.
    public var accessEpoch: Int64 { invalidation.freshness.accessEpoch }

    /// Whether nothing was committed since the last read, as far as is known without waiting. Called on event loops.
    public var isCurrent: Bool {
        guard let now = database.commitMark() else { return false }
        return mark.withLock { $0 == now }
    }

    /// Whether only a read can tell what was committed, so that every request has to wait for one. Called on event loops.
    public var needsRead: Bool { database.commitMark() == nil }

    /// The number of reads that have begun: one that is awaited by ``read()`` since it was the same begins after this
    /// call. Called on event loops.
    public var readCount: UInt64 { reads.begunCount }

    /// Waits for a read of the changes that begins after this call, whatever is known without one, and drops what they
    /// make stale.
    ///
    /// Throws what the database does.
    public func read() async throws {
        try await reads.wait { try await self.observe() }
    }

    /// Calls back, on whatever thread, when such a read has ended: with false if it failed. Called on event loops.
    public func whenRead(_ waiter: @escaping @Sendable (Bool) -> Void) {
        reads.join({ try await self.observe() }) { result in
            if case .success = result { waiter(true) } else { waiter(false) }
        }
    }

    /// Waits until this process has read all changes that were committed before the call, and dropped what they make
    /// stale.
    ///
    /// Throws what the database does.
    public func ensureCurrent() async throws {
        guard !isCurrent else { return }
        try await read()
    }

    /// Reads what any process changed since the last call, and drops what that makes stale.
    ///
    /// This process's own changes drop their pages before they are answered; this is for those of others, such as
    /// `cellar user password` beside a running server.
    private func observe() async throws {
        let before = database.commitMark()
        let seen = invalidation.freshness.seen
        let changes = try await database.changes(since: seen)
        // Read before the cursor moves: if it fails, the next look begins where this one did.
        var rules: AccessRules?
        if changes.everything || access.current.rules.epoch != changes.cursor.accessEpoch {
            rules = try await database.accessRules()
        }
        let epoch = accessEpoch
        let foreign = invalidation.freshness.advance(to: changes.cursor)
        if let rules, access.install(rules) { invalidation.grantsChanged() }
        if accessEpoch != epoch { invalidation.accessChanged() }
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
        mark.withLock { $0 = before }
    }
}
