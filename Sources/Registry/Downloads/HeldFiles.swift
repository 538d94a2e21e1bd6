import NIOCore
import PackagingStandards

/// Opens the files that indexes hold themselves, if they may be served.
final class HeldFiles: Sendable {
    private let indexes: Indexes
    private let permissions: Permissions
    private let policies: Policies
    private let database: any ReadingDatabase & NameDatabase & UpstreamDatabase
    private let blobs: BlobReads
    private let invalidation: Invalidation
    private let downloads: DownloadCounting
    private let clock: WallClock

    init(
        permissions: Permissions, policies: Policies, database: any ReadingDatabase & NameDatabase & UpstreamDatabase,
        storage: any Storage, smallFileSize: Int,
        invalidation: Invalidation, downloads: DownloadCounting, clock: WallClock
    ) {
        indexes = permissions.indexes
        self.permissions = permissions
        self.policies = policies
        self.database = database
        blobs = BlobReads(storage, wholeUpTo: smallFileSize)
        self.invalidation = invalidation
        self.downloads = downloads
        self.clock = clock
    }

    /// Opens a file that an index holds, if it may be served, and keeps it in memory for later requests.
    ///
    /// - Parameters:
    ///   - location: The file in the database.
    ///   - address: Its address in the index that holds it.
    ///   - asked: The requested address, perhaps in an index that looks into the other.
    ///   - isMetadata: Whether the request is for its core metadata.
    ///   - goodUntil: The moment until which it is available at the requested address; nil for no end.
    ///   - token: A token from before the database was asked.
    /// - Returns: The opened file.
    /// - Throws: `.blocked` if project or policy forbid it, `.internal` if storage has lost it.
    func opened(
        _ location: FileLocation, at address: FileAddress, as asked: FileAddress, isMetadata: Bool,
        goodUntil: Timestamp? = nil, token: UInt64
    ) async throws -> FileCache.Entry {
        guard location.status.allowsDownloads else {
            throw RegistryError(quarantined: location.project)
        }
        let ends = [try await requireAllowed(location, at: address), goodUntil].compactMap(\.self)
        var entry = try await open(location, key: FileCache.Key(address: address, isMetadata: isMetadata))
        entry.goodUntil = ends.min()
        // A published file may be overwritten, and its name given to other bytes.
        if case .project = asked.locator, !location.isCached { entry.isImmutable = false }
        // For a file in memory, nobody asks for the rights in the other index or for this index's policy again.
        let mayKeep =
            permissions.isPublic(location.project, in: asked.index) && indexes[asked.index]?.policy.isEmpty == true
        if asked.index == address.index || mayKeep {
            invalidation.files.keep(entry, for: FileCache.Key(address: asked, isMetadata: isMetadata), token: token)
        }
        return entry
    }

    private func open(_ location: FileLocation, key: FileCache.Key) async throws -> FileCache.Entry {
        let address = key.address
        var blob = BlobName(digest: location.sha256, name: address.filename)
        if key.isMetadata {
            guard let digest = location.metadataDigest else {
                throw RegistryError(unknownFile: address, isMetadata: true)
            }
            blob = .metadata(digest, of: address.filename)
        }
        let expectedSize = key.isMetadata ? location.metadataSize : location.size
        guard let object = try await blobs.open(blob, size: expectedSize),
            object.size == expectedSize
        else {
            throw RegistryError(
                .internal, "The bytes of \(blob.name) are missing from storage: the server's log says more.",
                cause: MissingBytes(blob: blob, file: .init(address: address, location: location)))
        }
        let contents: FileCache.Entry.Contents =
            switch object {
            case .whole(let bytes): .bytes(bytes)
            case .file(let file): .stored(file)
            }
        var entry = FileCache.Entry(
            project: location.project, size: object.size, entityTag: "\"\(blob.digest)\"", contents: contents)
        entry.servedUntil = location.servedUntil
        if case .file(let file) = object, case .stream = file.contents, !key.isMetadata, location.metadataDigest != nil
        {
            entry.linkable = blob
        }
        if !key.isMetadata {
            let key = HeldFileKey(
                index: address.index, project: location.project, filename: address.filename)
            entry.counter = downloads.counter(of: key)
            entry.isCached = location.isCached
        }
        return entry
    }

    /// Throws `.blocked` if a policy or a private name forbids to serve a file that an index holds. Returns until when
    /// it is allowed, or nil for no end.
    func requireAllowed(_ location: FileLocation, at address: FileAddress) async throws -> Timestamp? {
        let settings = try indexes.settings(of: address.index)
        if location.isCached {
            let standing = try await database.standing(of: location.project, in: address.index)
            guard !indexes.isPrivate(location.project, standing) else {
                throw RegistryError(
                    .blocked,
                    "The name \(location.project) is reserved here: files of that name from upstreams are not served.")
            }
        }
        let now = clock.now()
        guard location.isCached || settings.policy.concernsPublished,
            let evaluator = try await policies.evaluator(of: settings, now: now),
            let version = Version(location.version)
        else { return nil }
        let verdict = evaluator.verdict(
            on: PolicySubject(
                project: location.project, version: version, isWheel: location.packageType == "bdist_wheel",
                size: location.size, uploadedAt: try await birth(of: location, at: address),
                isPublishedHere: !location.isCached))
        guard verdict.isAllowed || (location.isCached && settings.policy.locksKept && !verdict.isDenial) else {
            throw RegistryError(heldBack: address.filename, by: verdict, in: settings.name)
        }
        return verdict.changesAt
    }

    /// Returns when a file was uploaded: for a cached file, the first sight that is remembered of it.
    private func birth(of location: FileLocation, at address: FileAddress) async throws -> Timestamp {
        guard location.isCached,
            let record = try await database.project(location.project, in: address.index),
            let source = record.files.first(where: { $0.filename == address.filename })?.source,
            let pin = try await database.pins(of: location.project, from: source.upstream)[address.filename]
        else { return location.uploadedAt }
        return pin.firstSeenAt
    }
}

extension RegistryError {
    init(unknownFile address: FileAddress, isMetadata: Bool) {
        let name = isMetadata ? MetadataFilename.of(address.filename) : address.filename
        self.init(.notFound, "The index \(address.index) has no file \(name) with this digest.")
    }

    init(quarantined project: NormalizedName) {
        self.init(.blocked, "The project \(project) is quarantined: its files are not served.")
    }

    init(heldBack filename: String, by verdict: PolicyVerdict, in index: IndexName) {
        self.init(.blocked, "The policy of the index \(index) holds back \(filename): \(verdict.text).")
    }
}

/// Storage lacks bytes that the database names, or has another number of them.
struct MissingBytes: Error, CustomStringConvertible {
    /// The requested file.
    struct File {
        /// Its address in the index that holds it.
        let address: FileAddress
        /// The file in the database.
        let location: FileLocation
    }

    let blob: BlobName
    /// The file with these bytes; nil if they were read for another purpose.
    var file: File?

    var description: String { "storage lacks \(StorageKey.blob(blob)), or holds it with another size" }
}
