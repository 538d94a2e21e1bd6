public import PackagingStandards

/// The role of the database that keeps how many files those have downloaded who sent a tag behind their user name.
public protocol TagDatabase: Sendable {
    /// Adds downloads to those of the day of a moment, in UTC.
    ///
    /// A day has at most `TaggedDownloads.mostOfOneDay` rows and one: what comes after that is added to one of nobody and of
    /// no tag. Days that are more than `TaggedDownloads.daysKept` ago are forgotten.
    func record(_ downloads: [TaggedDownloads], at moment: Timestamp) async throws

    /// Returns the sums over the days that a query asks for, the largest first.
    func taggedDownloads(_ query: TaggedDownloadsQuery) async throws -> [TaggedDownloads]
}

/// How many files somebody has downloaded with a tag out of an index.
public struct TaggedDownloads: Sendable, Hashable {
    /// The most rows that are kept of one day.
    public static let mostOfOneDay: Int64 = 10_000
    /// How many days are kept.
    public static let daysKept: Int64 = 400

    /// Whose downloads they are.
    public struct Source: Sendable, Hashable {
        /// The name of the user or of the token's owner, as the audit has it.
        public let user: String
        public let tag: String
        public let index: IndexName

        public init(user: String, tag: String, index: IndexName) {
            self.user = user
            self.tag = tag
            self.index = index
        }
    }

    /// Nil for those that were too many to be kept apart.
    public let source: Source?
    public let count: Int64

    public init(_ source: Source?, count: Int64) {
        self.source = source
        self.count = count
    }
}

/// Which downloads somebody wants; nil means any.
public struct TaggedDownloadsQuery: Sendable, Hashable {
    /// The most sums.
    public var limit: Int
    /// Only downloads of the day of this moment, in UTC, or later.
    public var since: Timestamp?
    public var user: String?
    public var tag: String?

    public init(limit: Int, since: Timestamp? = nil, user: String? = nil, tag: String? = nil) {
        self.limit = limit
        self.since = since
        self.user = user
        self.tag = tag
    }
}
