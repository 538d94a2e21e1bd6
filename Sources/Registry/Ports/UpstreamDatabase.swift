public import PackagingStandards

/// The role of the database that keeps the pages of upstreams, and pins of the files on them.
public protocol UpstreamDatabase: RemovalDatabase {
    /// Returns how current the kept page of an upstream's project is, or nil if there is none.
    func upstreamPageState(of project: NormalizedName, from upstream: String) async throws -> UpstreamPageState?

    /// Returns the kept page of an upstream's project, which may have megabytes, or nil if there is none.
    func upstreamPage(of project: NormalizedName, from upstream: String) async throws -> StoredUpstreamPage?

    /// Keeps a page instead of the last one, and pins for files that had none (first sight), and for files with another
    /// digest than the pinned one (a new first sight; learned sizes and metadata are forgotten).
    ///
    /// The pins of a page with very many are written in steps before it, so that nobody else waits long. What the page
    /// says of cached files and their projects is applied in the same transaction as the page; nil for nothing.
    func keepUpstreamPage(
        _ page: StoredUpstreamPage, pins: [UpstreamPin], following: UpstreamFollowing?) async throws

    /// Notes that a kept page, identified by when it was fetched, is still current. Leaves a page that has replaced it
    /// as it is.
    func renewUpstreamPage(
        of project: NormalizedName, from upstream: String, fetchedBefore: Timestamp, as state: UpstreamPageState
    ) async throws

    /// Forgets a page, because the upstream does not have the project any more; its pins stay.
    func forgetUpstreamPage(of project: NormalizedName, from upstream: String) async throws

    /// Forgets up to `limit` pages of an upstream that were last confirmed before a moment, and the pins of their
    /// files, unless an index has cached a file of the project from there. Returns the number of forgotten pages.
    func expireUpstreamPages(from upstream: String, confirmedBefore moment: Timestamp, limit: Int) async throws -> Int

    /// Returns the pins of a project's files, by file name.
    func pins(of project: NormalizedName, from upstream: String) async throws -> [String: UpstreamPin]

    /// Pins what was learned of a file: only what is not pinned yet is written. Returns the pin afterwards.
    ///
    /// What was learned of bytes with another digest than the pinned one is not written. Core metadata must be durable
    /// in storage, put there after `removals` had answered `storedAfter`; if a sweep is removing them right now, or has
    /// since, they are not pinned: store them again and pin them again. Pinned core metadata count as named by a file.
    func pin(
        _ pin: UpstreamPin, project: NormalizedName, upstream: String, storedAfter: Int64, now: Timestamp
    ) async throws -> UpstreamPin
}

extension UpstreamDatabase {
    /// Keeps a page that says nothing of cached files.
    public func keepUpstreamPage(_ page: StoredUpstreamPage, pins: [UpstreamPin]) async throws {
        try await keepUpstreamPage(page, pins: pins, following: nil)
    }
}

/// How current a kept page of an upstream is.
public struct UpstreamPageState: Sendable, Hashable {
    /// The validators with which the upstream is asked whether the page is unchanged.
    public var validators: PageValidators
    public var fetchedAt: Timestamp
    public var freshUntil: Timestamp

    public init(validators: PageValidators, fetchedAt: Timestamp, freshUntil: Timestamp) {
        self.validators = validators
        self.fetchedAt = fetchedAt
        self.freshUntil = freshUntil
    }
}

/// An upstream's page in the database.
public struct StoredUpstreamPage: Sendable {
    public var upstream: String
    public var project: NormalizedName
    public var state: UpstreamPageState
    /// The page as `SimpleProjectPage.writeJSON` writes it, with absolute addresses.
    public var body: String

    public init(upstream: String, project: NormalizedName, state: UpstreamPageState, body: String) {
        self.upstream = upstream
        self.project = project
        self.state = state
        self.body = body
    }
}

/// What an upstream's new page says of cached files and their projects: applied with the page, or not at all.
public struct UpstreamFollowing: Sendable {
    /// The indexes that have the upstream.
    public var indexes: [IndexName]
    /// Whether files are yanked, by file name.
    public var yanked: [String: Yanked]
    /// The project's status on the page before; if the project has another one, an administrator gave it, and it stays.
    public var statusBefore: ProjectStatus
    public var status: ProjectStatus
    public var statusReason: String?
    public var moment: Timestamp

    public init(
        indexes: [IndexName], yanked: [String: Yanked], statusBefore: ProjectStatus = .active,
        status: ProjectStatus = .active, statusReason: String? = nil, moment: Timestamp
    ) {
        self.indexes = indexes
        self.yanked = yanked
        self.statusBefore = statusBefore
        self.status = status
        self.statusReason = statusReason
        self.moment = moment
    }
}

/// What is remembered forever of an upstream's file, whatever its pages say later.
public struct UpstreamPin: Sendable, Hashable {
    public var filename: String
    /// The digest that was first stated or learned, or nil if neither has happened.
    public var sha256: SHA256Digest?
    /// Bytes, if they were learned.
    public var size: Int64?
    /// The digest and bytes of its core metadata, which are in storage under them.
    public var metadataDigest: SHA256Digest?
    public var metadataSize: Int64?
    /// Whether its core metadata were looked for in vain, so that pages state none.
    public var lacksMetadata: Bool
    /// When the file was first seen here with this digest; its upload-time, if the upstream states it and the digest
    /// never changed.
    public var firstSeenAt: Timestamp

    public init(
        filename: String, sha256: SHA256Digest?, size: Int64? = nil, metadataDigest: SHA256Digest? = nil,
        metadataSize: Int64? = nil, lacksMetadata: Bool = false, firstSeenAt: Timestamp
    ) {
        self.filename = filename
        self.sha256 = sha256
        self.size = size
        self.metadataDigest = metadataDigest
        self.metadataSize = metadataSize
        self.lacksMetadata = lacksMetadata
        self.firstSeenAt = firstSeenAt
    }
}
