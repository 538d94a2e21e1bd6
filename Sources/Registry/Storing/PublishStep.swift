/// A step of publishing, in order: durability tests crash before and after each.
public enum PublishStep: String, Sendable, CaseIterable {
    /// The body is in the spool, hashed.
    case spool
    /// The form, the archive and its metadata are checked.
    case check
    /// The bytes are in storage.
    case storeFile
    /// The core metadata is in storage.
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

/// A hook before and after each step of publishing; it does nothing except in tests.
public struct PublishObserver: Sendable {
    /// A side of a step.
    public enum Moment: String, Sendable, CaseIterable {
        case before
        case after
    }

    /// Called at each moment; an error ends the publish there, as a crash would.
    public let reached: @Sendable (Moment, PublishStep) async throws -> Void

    public init(reached: @escaping @Sendable (Moment, PublishStep) async throws -> Void) {
        self.reached = reached
    }

    /// Does nothing.
    public static let none = PublishObserver { _, _ in }
}
