public import PackagingStandards

/// The part of the database that knows of upstreams: pages, pins, origins, cached files, exceptions.
///
/// The rules of `Database` hold for it: a method is one transaction, changes of files take a serial, an audit line where
/// a person made them, and leave their manifests in the outbox.
public protocol UpstreamDatabase: Sendable {
    // MARK: Pages

    /// How current the kept page of a project of an upstream is; nil where there is none.
    func upstreamPageState(of project: NormalizedName, from upstream: String) async throws -> UpstreamPageState?

    /// The kept page of a project of an upstream, which may have megabytes; nil where there is none.
    func upstreamPage(of project: NormalizedName, from upstream: String) async throws -> StoredUpstreamPage?

    /// Keeps a page in the place of the last one, and with it pins for files that had none (first sight), and for files
    /// whose digest is another than the pinned one (a new first sight; learned sizes and metadata are forgotten).
    ///
    /// The pins of a page with very many are written in steps before it, so that nobody else waits long. What the page
    /// says of kept files and their projects is applied in the same transaction as the page; nil for nothing.
    func keepUpstreamPage(
        _ page: StoredUpstreamPage, pins: [UpstreamPin], following: UpstreamFollowing?) async throws

    /// Notes that a kept page, known by when it was fetched, still holds; one that has come in its place meanwhile is left
    /// as it is.
    func renewUpstreamPage(
        of project: NormalizedName, from upstream: String, fetchedBefore: Timestamp, as state: UpstreamPageState
    ) async throws

    /// Forgets a page, since the upstream does not have the project any more; its pins stay.
    func forgetUpstreamPage(of project: NormalizedName, from upstream: String) async throws

    /// Forgets up to `limit` pages of an upstream that were last confirmed before a moment, and with each the pins of
    /// its files, unless an index keeps a file of the project from there. Returns how many pages went.
    func expireUpstreamPages(from upstream: String, confirmedBefore moment: Timestamp, limit: Int) async throws -> Int

    /// The pins of a project's files, by file name.
    func pins(of project: NormalizedName, from upstream: String) async throws -> [String: UpstreamPin]

    /// Remembers what was learned of a file: only what is not pinned yet is written. Returns what is pinned then.
    ///
    /// What was learned of other bytes than the pinned digest's is not written. Core metadata must be durable in storage,
    /// put there after `removals` had answered `storedAfter`; if a sweep is removing them this very moment, or has since,
    /// they are not pinned: store them again and pin them again. Pinned core metadata count as named by a file.
    func pin(
        _ pin: UpstreamPin, project: NormalizedName, upstream: String, storedAfter: Int64, now: Timestamp
    ) async throws -> UpstreamPin

    // MARK: Names

    /// Whose a name is.
    func standing(of project: NormalizedName, in index: IndexName) async throws -> NameStanding

    /// Gives a project that the index does not know the origin `upstream:<id>`, unless it is published anywhere
    /// (`mayMix` aside); says which origin stands then, nil where none does.
    func adopt(
        _ project: NormalizedName, displayName: String, from upstream: String, in index: IndexName, mayMix: Bool,
        at moment: Timestamp
    ) async throws -> ProjectOrigin?

    /// Makes a name this server's own: local in this index, made where it is not there; every other index that had it
    /// from an upstream keeps it as reserved; files cached under it are pruned everywhere. Returns the pruned files.
    func claim(_ project: NormalizedName, in index: IndexName, by change: ChangeAuthor) async throws -> [CachedFile]

    /// Gives a name of this index, local without published files or reserved, back to the upstreams.
    ///
    /// Other indexes that own it keep it; if none does, what a claim reserved is given back in every index.
    func release(_ project: NormalizedName, in index: IndexName, by change: ChangeAuthor) async throws -> ReleaseOutcome

    // MARK: Cached files

    /// Keeps a fetched file whose bytes are durable in storage: as `publish`, for an upstream's.
    ///
    /// `mayMix` says that the project may hold published files too (mirror mode), `isMirrored` that other indexes may
    /// have published the name; else one that is published anywhere is private. `uploadedAt` of the file is the moment
    /// at which its fetch began; its uploader is written as `upstream:<id>`. A project that the index does not know is
    /// adopted.
    func cache(
        _ file: NewFile, from source: FileSource, mayMix: Bool, isMirrored: Bool
    ) async throws -> CacheOutcome

    /// Takes yanking over from an upstream's page for cached files whose yanked state differs. True where any did.
    func followYanked(
        _ yanked: [String: Yanked], of project: NormalizedName, in index: IndexName, from upstream: String,
        at moment: Timestamp
    ) async throws -> Bool

    /// The cached files of an index, or of all, in the order of index, project and file name.
    func cachedFiles(in index: IndexName?) async throws -> [CachedFile]

    /// Bytes of the cached files of an index.
    func cachedBytes(in index: IndexName) async throws -> Int64

    /// Adds up downloads of cached files by day, and moves the moments of their last ones forward.
    func recordDownloads(_ downloads: [DownloadCount]) async throws

    /// Forgets cached files, without a tombstone: a later request fetches them again. Returns the blobs that no row
    /// names any more. Files that are not kept with this digest any more are passed over.
    func prune(_ files: [CachedFile], by change: ChangeAuthor) async throws -> Set<BlobName>

    // MARK: Exceptions

    /// Adds an exception, and returns it with its id, author and moment.
    func addException(_ exception: PolicyException, by change: ChangeAuthor) async throws -> PolicyException

    /// The exceptions of an index, those that have ended too; of one project where it is named.
    func exceptions(of project: NormalizedName?, in index: IndexName) async throws -> [PolicyException]

    /// Ends an exception; false where there is none of this id in the index.
    func removeException(_ id: Int64, in index: IndexName, by change: ChangeAuthor) async throws -> Bool
}

extension UpstreamDatabase {
    /// Keeps a page that says nothing of kept files.
    public func keepUpstreamPage(_ page: StoredUpstreamPage, pins: [UpstreamPin]) async throws {
        try await keepUpstreamPage(page, pins: pins, following: nil)
    }
}
