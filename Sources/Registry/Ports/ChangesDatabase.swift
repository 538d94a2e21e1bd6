public import LocalFiles
public import PackagingStandards

/// The role of the database that reports what changed, so that what is in memory can follow.
public protocol ChangesDatabase: Sendable {
    /// Returns a mark that differs after any commit of any process, or nil if there is none that can be read without
    /// waiting.
    ///
    /// Called on event loops, for each request.
    func commitMark() -> CommitMark?

    /// The threads on which ``changes(since:)`` runs in place, so that no other has to be woken; nil if it runs nowhere
    /// better than elsewhere.
    var changesThreads: BlockingThreads? { get }

    /// Returns what changed since a cursor, whoever made the change, this process or another.
    ///
    /// Cheap enough to be called many times a second. With nil, an empty set with the present cursor.
    func changes(since cursor: ChangeCursor?) async throws -> ChangeSet
}

/// Shows whether anything was committed to a database between two moments: nothing was if both marks are equal.
public struct CommitMark: Hashable, Sendable {
    private let words: SIMD8<UInt64>

    public init(_ words: SIMD8<UInt64>) {
        self.words = words
    }
}

/// A place in the history of changes.
public struct ChangeCursor: Sendable, Hashable {
    /// The last serial seen of each index.
    public var serials: [IndexName: Int64]
    /// The count of changes to people and rights.
    public var accessEpoch: Int64
    /// The count of rebuilds; after one, nothing that was known before is valid.
    public var rebuildEpoch: Int64

    public init(serials: [IndexName: Int64], accessEpoch: Int64, rebuildEpoch: Int64 = 0) {
        self.serials = serials
        self.accessEpoch = accessEpoch
        self.rebuildEpoch = rebuildEpoch
    }
}

/// What changed between two places in the history.
public struct ChangeSet: Sendable {
    /// One project of one index.
    public struct ChangedProject: Sendable, Hashable {
        public let index: IndexName
        public let project: NormalizedName

        public init(index: IndexName, project: NormalizedName) {
            self.index = index
            self.project = project
        }
    }

    /// The place after these changes.
    public let cursor: ChangeCursor
    /// The projects that changed.
    public let projects: Set<ChangedProject>
    /// Whether so much changed that everything in memory must be dropped (a rebuild).
    public let everything: Bool

    public init(cursor: ChangeCursor, projects: Set<ChangedProject>, everything: Bool) {
        self.cursor = cursor
        self.projects = projects
        self.everything = everything
    }
}
