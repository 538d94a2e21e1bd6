/// The steps of publishing, in their order: what durability tests crash before and after.
public enum PublishStep: String, Sendable, CaseIterable {
    /// The body is in the spool, hashed.
    case spool
    /// The form, the archive and its metadata are checked.
    case check
    /// The bytes are durable in storage.
    case storeFile
    /// The core metadata is durable in storage.
    case storeMetadata
    /// The database's transaction.
    case commit
    /// The manifests are written from the outbox.
    case writeManifests
    /// The entries leave the outbox.
    case completeOutbox
    /// The pages that named the project are dropped.
    case invalidatePages
}

/// What is called before and after each step of publishing; does nothing but in tests.
public struct PublishObserver: Sendable {
    /// Which side of a step was reached.
    public enum Moment: String, Sendable, CaseIterable {
        case before
        case after
    }

    /// Called at each moment; what it throws ends the publish there, as a crash would.
    public let reached: @Sendable (Moment, PublishStep) async throws -> Void

    public init(reached: @escaping @Sendable (Moment, PublishStep) async throws -> Void) {
        self.reached = reached
    }

    /// Does nothing.
    public static let none = PublishObserver { _, _ in }
}
