/// The role of the database that remembers what committed transactions promised to do in storage.
public protocol OutboxDatabase: Sendable {
    /// Returns the oldest entries that are still to be carried out.
    func outbox(limit: Int) async throws -> [OutboxEntry]

    /// Takes entries that have been carried out from the outbox. A removal among them has ended.
    func completeOutbox(_ ids: [Int64]) async throws
}

/// Something that a transaction promised to do in storage after it.
public struct OutboxEntry: Sendable, Hashable {
    /// What is to be done; each is safe to do again.
    public enum Task: Sendable, Hashable {
        /// Write this text under this key.
        case writeManifest(StorageKey, text: String)
        /// Remove these bytes at once.
        case removeBlob(BlobName)
    }

    public let id: Int64
    public let task: Task

    public init(id: Int64, task: Task) {
        self.id = id
        self.task = task
    }
}
