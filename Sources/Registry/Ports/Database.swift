public import PackagingStandards

/// Where the server keeps all that it knows.
///
/// A method is one use case, one call and one transaction: it is wholly done when it returns and has left nothing
/// behind when it throws. Every method that changes a file or a project also takes the index's next serial, adds a line
/// to the audit and leaves the manifests to be written in the outbox, in the same transaction. Trying again is safe.
///
/// Errors are `RegistryError`s: `.unavailable` where waiting helps (locked, disconnected), `.insufficientStorage` where
/// there is no room, `.internal` where the data contradicts itself, and those that a method names.
public protocol Database: UpstreamDatabase {
    // MARK: Installation

    /// The id that ties this database to its storage; made by the first call.
    func installationID() async throws -> String

    /// Takes the id of an existing storage, for a database that has just been made from it.
    func adoptInstallationID(_ id: String) async throws

    /// Makes the indexes of the configuration known; those that are not in the list are hidden, not deleted.
    func declareIndexes(_ names: [IndexName]) async throws

    /// Makes the groups of the configuration known: what is declared there replaces their members.
    func declareGroups(_ groups: [String: [String]]) async throws

    /// What the database says of its own health and size: a list of lines for people, and whether all is well.
    func check() async throws -> DatabaseHealth

    /// Whether nothing was ever published or cached (no project in any index).
    func isEmpty() async throws -> Bool

    // MARK: Freshness

    /// What changed since a cursor, whoever made the change, this process or another.
    ///
    /// Cheap enough to be called many times a second. With nil, an empty set with the present cursor.
    func changes(since cursor: ChangeCursor?) async throws -> ChangeSet

    // MARK: Reading

    /// The projects of an index that were published once or list a cached file, in the order of their names.
    func projects(in index: IndexName) async throws -> ProjectListing

    /// A project with all files that may be listed; nil where the index does not have it.
    func project(_ name: NormalizedName, in index: IndexName) async throws -> ProjectRecord?

    /// The same of a project's published files, with no more than its page shows.
    func listedProject(_ name: NormalizedName, in index: IndexName) async throws -> ListedProject?

    /// The names of files that were deleted or purged, and are never used again.
    func deletedFiles(of project: NormalizedName, in index: IndexName) async throws -> [String]

    /// What an address names, where it may be had: a current file, or one replaced whose time has not run out.
    func file(at address: FileAddress, now: Timestamp) async throws -> FileLocation?

    /// The attestations that were uploaded with a current file (a JSON array); nil where there are none.
    func attestations(of filename: String, project: NormalizedName, in index: IndexName) async throws -> String?

    /// Projects whose normalized name or summary contains a text, case folded, best first: the exact name, names that
    /// begin with it, names that contain it, summaries that contain it.
    func search(_ query: ProjectSearch) async throws -> [ProjectSummary]

    // MARK: Publishing

    /// What is known of a file key and its project before an upload is checked any further; takes nothing.
    ///
    /// `mayMix` is that of `publish`.
    func publishState(
        project: NormalizedName, fileKey: FileKey, in index: IndexName, mayMix: Bool
    ) async throws -> PublishState

    /// Publishes a file whose bytes are durable in storage.
    ///
    /// The unique key of index and file key decides every race. `overwriting` says that an existing file with other
    /// bytes may be replaced; the replaced address is served until `oldAddressServedUntil`. `mayCreate` says that the
    /// project may be made. Clears the sweep mark of the bytes.
    ///
    /// A name that is not this index's own yet, and of which any index of the server keeps an upstream's files, is
    /// claimed with it (`claim`) if `mayClaim` says so, else refused; but `mayMix` says that published and upstream's files may stand side by side (mirror mode): then an upstream's
    /// project becomes local, and a cached file of the same key goes, without a tombstone or an address of its own.
    func publish(
        _ file: NewFile, overwriting: Bool, mayCreate: Bool, mayClaim: Bool, mayMix: Bool,
        oldAddressServedUntil: Timestamp
    ) async throws -> PublishOutcome

    // MARK: Managing

    /// Yanks (or, with `.no`, unyanks) one file or all files of a release, and says which files it found; none where the
    /// release or file does not exist. Cached files are not found: they are yanked where they come from.
    func setYanked(_ yanked: Yanked, _ target: FileTarget, by change: ChangeAuthor) async throws -> [String]

    /// Deletes one file or all files of a release: their names are never used again. Says which files it found.
    ///
    /// Cached files are forgotten, without a tombstone.
    func delete(_ target: FileTarget, by change: ChangeAuthor) async throws -> [String]

    /// Sets a project's status (PEP 792); false where the index does not have it.
    func setStatus(
        _ status: ProjectStatus, reason: String?, of project: NormalizedName, in index: IndexName,
        by change: ChangeAuthor
    ) async throws -> Bool

    /// Makes every file of a digest, in every index, a purged one, and asks for the bytes' removal through the outbox.
    func purge(_ digest: SHA256Digest, by change: ChangeAuthor) async throws -> PurgeOutcome

    /// The newest lines of the audit, newest first.
    func audit(limit: Int, before id: Int64?) async throws -> [AuditLine]

    // MARK: Outbox

    /// The oldest entries that are still to be carried out.
    func outbox(limit: Int) async throws -> [OutboxEntry]

    /// Takes entries that have been carried out from the outbox. A removal among them has ended.
    func completeOutbox(_ ids: [Int64]) async throws

    // MARK: Sweep

    /// The number of the last removal of bytes, by a sweep or a purge, that has ended.
    ///
    /// Ask before bytes are stored, and state it when they are named: bytes that were stored before a later removal of
    /// the same blob ended may be gone, and naming them is answered `.beingSwept`.
    func removals() async throws -> Int64

    /// Which of these no file row names: neither a current file, as its bytes or metadata, nor a replaced one that is
    /// still served.
    func unnamedBlobs(among blobs: [BlobName], now: Timestamp) async throws -> Set<BlobName>

    /// Marks unnamed blobs for removal (the first mark's time stays) and says which were marked at or before a moment.
    ///
    /// A blob that is named again by now is not marked, and its mark is cleared.
    func markForSweep(
        _ blobs: Set<BlobName>, now: Timestamp, dueIfMarkedBy moment: Timestamp
    ) async throws -> Set<BlobName>

    /// Takes a marked blob for removal: true if it is still unnamed and marked, and no other sweep holds it.
    ///
    /// From then until `finishSweep`, or for a minute, a publish that needs the blob is answered `.beingSwept`.
    func takeForSweep(_ blob: BlobName, now: Timestamp) async throws -> Bool

    /// Notes that a taken blob's bytes have been removed, under the next number of a removal.
    ///
    /// - Returns: False if the hold was lost meanwhile: a file may name the bytes by now, and they must be stored again.
    func finishSweep(of blob: BlobName) async throws -> Bool

    /// Whether a rebuild or restore has happened since somebody last confirmed that sweeping is safe.
    func sweepAwaitsConfirmation() async throws -> Bool

    /// Somebody has looked: sweeping is safe.
    func confirmSweep() async throws

    // MARK: Rebuild

    /// Makes projects, releases, files and serials out of manifests, in one transaction, replacing what was there.
    ///
    /// People, rights and the audit are left alone. Serials of indexes become at least the highest seen. From then on
    /// a sweep awaits confirmation.
    func rebuild(from contents: RebuildContents, now: Timestamp) async throws

    // MARK: People

    /// The person of a name, with the stored hash; nil where there is none.
    func user(named name: String) async throws -> UserRecord?

    /// Everybody, by name.
    func users() async throws -> [UserRecord]

    /// Adds somebody. Throws `.alreadyExists` where the name is taken, case folded.
    func addUser(_ name: String, passwordHash: String, isAdministrator: Bool, by change: ChangeAuthor) async throws

    /// Adds the first administrator; false, and nothing done, where there is one already.
    func addFirstAdministrator(_ name: String, passwordHash: String, by change: ChangeAuthor) async throws -> Bool

    /// Sets a password, and with it a new password generation. Throws `.notFound`.
    func setPasswordHash(_ hash: String, ofUser name: String, by change: ChangeAuthor) async throws

    /// Replaces a hash by a better one of the same password: no new generation, and only while `old` still stands.
    func renewPasswordHash(_ hash: String, replacing old: String, ofUserID id: Int64) async throws

    /// Removes somebody. Throws `.notFound`, and `.conflict` for the last administrator.
    func removeUser(_ name: String, by change: ChangeAuthor) async throws

    /// Whether there is an administrator.
    func hasAdministrator() async throws -> Bool

    /// Closes connections; later calls throw.
    func close() async
}
