public import PackagingStandards

/// The role of the database that remembers what committed transactions promised to do in storage.
///
/// Several processes may carry out the outbox at once. A manifest may be written by several of them: it is the same
/// text under the same key. A removal may not, because its bytes may be published again once it has ended: it is
/// claimed under a lease, permitted right before the bytes are removed, and ended by its claimant. The claimant is an
/// opening of the database. Bytes that storage has not synced yet are kept until it has, or until they are to be
/// removed; whoever stores them again must look whether they were removed meanwhile.
public protocol OutboxDatabase: Sendable {
    /// Returns the oldest entries that are still to be carried out, without the removals that another claimant holds.
    ///
    /// Claims the removals among them until a lease after `now`: those that nobody holds, whose lease has ended, or
    /// that the caller holds already.
    func claimOutbox(limit: Int, now: Timestamp) async throws -> [OutboxEntry]

    /// Permits a claimed removal, and renews its lease from `now`: ask right before the bytes are removed.
    ///
    /// A removal whose bytes a file names again, whatever made that so, leaves the outbox instead.
    ///
    /// - Returns: False if the removal must not be carried out: somebody else has claimed or ended it, or a file names
    ///   the bytes.
    func permitRemoval(_ entry: OutboxEntry, now: Timestamp) async throws -> Bool

    /// Returns the bytes of an entry that keeps some, or nil if it has left the outbox.
    func keptBytes(of entry: OutboxEntry) async throws -> [UInt8]?

    /// Removes entries from the outbox whose bytes have been stored again.
    ///
    /// If an entry has left the outbox meanwhile and no file names its blob, a removal took it away, and the bytes may
    /// be there again: then the outbox gets another removal of them.
    ///
    /// - Returns: Whether it got one.
    func completeStored(_ entries: [OutboxEntry], now: Timestamp) async throws -> Bool

    /// Removes entries that have been carried out from the outbox. A removal that another claimant holds by now stays.
    ///
    /// Each removal has ended, under the next number of a removal.
    ///
    /// - Returns: The blobs that were removed and that a file names by now, which happens only if a removal took longer
    ///   than its lease: they must be stored again.
    func completeOutbox(_ entries: [OutboxEntry], now: Timestamp) async throws -> Set<BlobName>
}

/// Something that a transaction promised to do in storage after it.
public struct OutboxEntry: Sendable, Hashable {
    /// A task, which is safe to do again.
    public enum Task: Sendable, Hashable {
        /// Write this text under this key.
        case writeManifest(StorageKey, text: String)
        /// Make these bytes durable, which were stored unsynced.
        case keepBlob(BlobName)
        /// Remove these bytes at once.
        case removeBlob(BlobName)
    }

    /// How long a removal is held, in microseconds.
    ///
    /// Whoever has not removed the bytes within half of it after the permit leaves them to the next claim.
    public static let lease: Int64 = 60_000_000

    public let id: Int64
    public let task: Task

    public init(id: Int64, task: Task) {
        self.id = id
        self.task = task
    }
}
