public import PackagingStandards

/// The role of the database that caches files from upstreams, and forgets them.
public protocol CachingDatabase: RemovalDatabase {
    /// Caches a fetched file whose bytes are durable in storage: like `publish`, for a file from an upstream.
    ///
    /// `mayMix` says that the project may also have published files (mirror mode), `isMirrored` that other indexes may
    /// have published the name; else one that is published anywhere is private. `uploadedAt` of the file is the moment
    /// at which its fetch began; its uploader is written as `upstream:<id>`. A project that the index does not know is
    /// adopted.
    func cache(
        _ file: NewFile, from source: FileSource, mayMix: Bool, isMirrored: Bool
    ) async throws -> CacheOutcome

    /// Applies yanking on an upstream's page to cached files whose yanked state differs. Returns whether any did.
    func followYanked(
        _ yanked: [String: Yanked], of project: NormalizedName, in index: IndexName, from upstream: String,
        at moment: Timestamp
    ) async throws -> Bool

    /// Returns the cached files of an index, or of all, in the order of index, project and file name.
    func cachedFiles(in index: IndexName?) async throws -> [CachedFile]

    /// Returns the bytes of the cached files of an index.
    func cachedBytes(in index: IndexName) async throws -> Int64

    /// Forgets cached files, without a tombstone: a later request fetches them again. Returns the blobs that no row
    /// names any more. Skips files that are no longer cached with this digest.
    func prune(_ files: [CachedFile], by change: ChangeAuthor) async throws -> Set<BlobName>
}

/// The result of caching a fetched file.
public enum CacheOutcome: Sendable, Hashable {
    /// It is cached at this serial.
    case cached(serial: Int64)
    /// The same bytes were cached before.
    case identical
    /// Other bytes have this name or key, published, cached or purged here: those stay. The same if another upstream
    /// owns the project.
    case taken(filename: String)
    /// The name is private, or has become so meanwhile.
    case isPrivate
    /// A sweep is removing the bytes or metadata right now: store them again and try again.
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
    /// Nil if nobody has downloaded it since it was cached.
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
