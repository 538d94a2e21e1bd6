public import PackagingStandards

/// How current a kept page of an upstream is.
public struct UpstreamPageState: Sendable, Hashable {
    /// What the upstream can be asked with whether the page still holds.
    public var validators: PageValidators
    public var fetchedAt: Timestamp
    public var freshUntil: Timestamp

    public init(validators: PageValidators, fetchedAt: Timestamp, freshUntil: Timestamp) {
        self.validators = validators
        self.fetchedAt = fetchedAt
        self.freshUntil = freshUntil
    }
}

/// An upstream's page as the database keeps it.
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

/// What an upstream's new page says of files and projects that are kept here: applied with the page, or not at all.
public struct UpstreamFollowing: Sendable {
    /// The indexes that have the upstream.
    public var indexes: [IndexName]
    /// Whether files are yanked, by file name.
    public var yanked: [String: Yanked]
    /// What the page before said of the project's status; where the project has another one, an administrator gave it,
    /// and it stays.
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

/// What is remembered for good of an upstream's file, whatever its pages say later.
public struct UpstreamPin: Sendable, Hashable {
    public var filename: String
    /// The digest that was first told or learned; nil where neither has happened.
    public var sha256: SHA256Digest?
    /// Bytes, where they were learned.
    public var size: Int64?
    /// The digest and bytes of its core metadata, which are in storage under them.
    public var metadataDigest: SHA256Digest?
    public var metadataSize: Int64?
    /// Whether its core metadata were looked for in vain: pages don't name any then.
    public var lacksMetadata: Bool
    /// When the file was first seen here with this digest; its upload-time, where the upstream tells that and the digest
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

/// Whose a name is, as far as the database knows.
public struct NameStanding: Sendable, Hashable {
    /// The project's origin in the index that was asked about; nil where that index does not know the name.
    public let origin: ProjectOrigin?
    /// Whether any index of this server, declared or hidden, has published it, deleted files too, or keeps it reserved.
    public let isPublishedAnywhere: Bool

    public init(origin: ProjectOrigin?, isPublishedAnywhere: Bool) {
        self.origin = origin
        self.isPublishedAnywhere = isPublishedAnywhere
    }
}

/// How giving a name back ended.
public enum ReleaseOutcome: Sendable, Hashable {
    /// It is the index's no more; the indexes in the list own it still, and keep it private.
    case released(remaining: [IndexName])
    /// The index still lists files that were published in it.
    case hasFiles
    /// Other indexes own it, and this one keeps it reserved for them.
    case ownedElsewhere([IndexName])
    /// The index does not own the name.
    case notOwned
}

/// Where a cached file came from.
public struct FileSource: Sendable, Hashable {
    /// The upstream's id.
    public let upstream: String
    /// The address it was fetched from, without credentials.
    public let url: String

    public init(upstream: String, url: String) {
        self.upstream = upstream
        self.url = url
    }
}

/// How the keeping of a fetched file ended.
public enum CacheOutcome: Sendable, Hashable {
    /// It is kept at this serial.
    case cached(serial: Int64)
    /// The same bytes were kept before.
    case identical
    /// Other bytes stand under this name or key, published, cached or purged here: those stay. Also where another
    /// upstream owns the project.
    case taken(filename: String)
    /// The name is private, or has become so meanwhile.
    case isPrivate
    /// A sweep is removing the bytes or metadata this very moment: store them again and try again.
    case beingSwept
}

/// A cached file, for lists and pruning.
public struct CachedFile: Sendable, Hashable {
    public let index: IndexName
    public let project: NormalizedName
    public let filename: String
    public let version: String
    public let sha256: SHA256Digest
    /// Bytes.
    public let size: Int64
    public let source: FileSource
    public let cachedAt: Timestamp
    /// Nil where nobody has downloaded it since it was cached.
    public let lastDownloadedAt: Timestamp?

    public init(
        index: IndexName, project: NormalizedName, filename: String, version: String, sha256: SHA256Digest,
        size: Int64, source: FileSource, cachedAt: Timestamp, lastDownloadedAt: Timestamp?
    ) {
        self.index = index
        self.project = project
        self.filename = filename
        self.version = version
        self.sha256 = sha256
        self.size = size
        self.source = source
        self.cachedAt = cachedAt
        self.lastDownloadedAt = lastDownloadedAt
    }
}

/// Downloads of a file since the last report.
public struct DownloadCount: Sendable, Hashable {
    public let index: IndexName
    public let project: NormalizedName
    public let filename: String
    public let count: Int64
    public let lastAt: Timestamp

    public init(index: IndexName, project: NormalizedName, filename: String, count: Int64, lastAt: Timestamp) {
        self.index = index
        self.project = project
        self.filename = filename
        self.count = count
        self.lastAt = lastAt
    }
}

/// A release or project that somebody lets through a policy.
public struct PolicyException: Sendable, Hashable {
    public var id: Int64
    public var index: IndexName
    public var project: NormalizedName
    /// The release; nil for the whole project.
    public var version: Version?
    public var reason: String
    public var createdBy: String
    public var createdAt: Timestamp
    /// Nil where it does not end.
    public var expiresAt: Timestamp?

    public init(
        id: Int64, index: IndexName, project: NormalizedName, version: Version?, reason: String, createdBy: String,
        createdAt: Timestamp, expiresAt: Timestamp?
    ) {
        self.id = id
        self.index = index
        self.project = project
        self.version = version
        self.reason = reason
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
