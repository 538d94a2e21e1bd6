public import PackagingStandards

/// The role of the database that publishes files, and decides every race between two that do.
public protocol PublishingDatabase: RemovalDatabase {
    /// Returns what is known of a file key and its project, before an upload is checked any further; reserves nothing.
    ///
    /// `mayMix` is that of `publish`.
    func publishState(
        project: NormalizedName, fileKey: FileKey, in index: IndexName, mayMix: Bool
    ) async throws -> PublishState

    /// Publishes a file whose bytes are durable in storage, or kept in the outbox with it.
    ///
    /// The unique key of index and file key decides every race. `overwriting` says that an existing file with other
    /// bytes may be replaced; the replaced address is served until `oldAddressServedUntil`. `mayCreate` says that the
    /// project may be made. Clears the sweep mark of the bytes.
    ///
    /// A name that this index does not own yet, and of which any index of the server caches files from an upstream, is
    /// claimed with it (`NameDatabase.claim`) if `mayClaim` says so, else refused. But `mayMix` says that published and
    /// cached files may be listed side by side (mirror mode): then a project from an upstream becomes local, and a
    /// cached file with the same key is removed, without a tombstone or an address of its own.
    func publish(
        _ file: NewFile, overwriting: Bool, mayCreate: Bool, mayClaim: Bool, mayMix: Bool,
        oldAddressServedUntil: Timestamp
    ) async throws -> PublishDecision
}

/// What the transaction of a publish decided.
public struct PublishDecision: Sendable, Hashable {
    public let outcome: PublishOutcome
    /// The entries of the outbox that it made.
    public let promises: [OutboxEntry]

    public init(_ outcome: PublishOutcome, promises: [OutboxEntry] = []) {
        self.outcome = outcome
        self.promises = promises
    }
}

/// The role of the database that reports which bytes in storage may still be named.
///
/// Whoever stores bytes and then names them needs it: publishing, caching and pinning.
public protocol RemovalDatabase: Sendable {
    /// Returns the number of the last removal of bytes, by a sweep or a purge, that has ended.
    ///
    /// Ask before bytes are stored, and state it when they are named: bytes that were stored before a later removal of
    /// the same blob ended may be gone, and naming them is answered `.beingSwept`.
    func removals() async throws -> Int64
}

/// A checked file whose bytes are in storage, ready to be written to the database.
public struct NewFile: Sendable {
    public let index: IndexName
    public let project: NormalizedName
    /// The project's name as the upload spells it; used if the project is new.
    public let displayName: String
    public let filename: String
    public let fileKey: FileKey
    /// `sdist` or `bdist_wheel`.
    public let packageType: String
    /// The version as the upload spells it; used if the release is new.
    public let version: Version
    public let versionSpelling: String
    /// Bytes.
    public let size: Int64
    public let digests: FileDigests
    public let metadataDigest: SHA256Digest?
    public let metadataSize: Int64?
    /// Whether pages state the core metadata, so that installers resolve by them: those of a wheel, and those of a
    /// source distribution that apply to all of its wheels.
    public let advertisesMetadata: Bool
    public let requiresPython: String?
    /// The one-line summary of the core metadata.
    public let summary: String?
    /// The attestations (PEP 740): a JSON array as the client sent it, which nobody verified and nobody is shown; or, if
    /// they were verified, a JSON object, the file's provenance. Nil if it sent none.
    public let attestations: String?
    public let uploadedAt: Timestamp
    public let uploader: String
    /// The uploader's id; nil for the server's own commands.
    public let uploaderID: Int64?
    /// The token with which it is uploaded; nil for none.
    public var token: TokenMark?
    /// What the client sent behind a `+` after the user name.
    public var tag: String?
    /// Where the upload comes from.
    public var origin = ChangeOrigin.server
    /// The number of the last removal of bytes that ended before these bytes were stored (`RemovalDatabase.removals`).
    public var storedAfter: Int64 = 0
    /// The bytes that storage has not synced yet, and that the database keeps until it has.
    public var unsynced: [UnsyncedBlob] = []
    /// What searches and dependents need of its core metadata; nil if that is not known, and is read from storage
    /// afterwards.
    public var excerpt: MetadataExcerpt?

    public init(
        index: IndexName, project: NormalizedName, displayName: String, filename: String, fileKey: FileKey,
        packageType: String, version: Version, versionSpelling: String, size: Int64, digests: FileDigests,
        metadataDigest: SHA256Digest?, metadataSize: Int64?, advertisesMetadata: Bool = true, requiresPython: String?,
        summary: String?, attestations: String?, uploadedAt: Timestamp, uploader: String, uploaderID: Int64?
    ) {
        self.index = index
        self.project = project
        self.displayName = displayName
        self.filename = filename
        self.fileKey = fileKey
        self.packageType = packageType
        self.version = version
        self.versionSpelling = versionSpelling
        self.size = size
        self.digests = digests
        self.metadataDigest = metadataDigest
        self.metadataSize = metadataSize
        self.advertisesMetadata = advertisesMetadata
        self.requiresPython = requiresPython
        self.summary = summary
        self.attestations = attestations
        self.uploadedAt = uploadedAt
        self.uploader = uploader
        self.uploaderID = uploaderID
    }
}

/// Small bytes in storage that a power cut may take.
public struct UnsyncedBlob: Sendable {
    public let name: BlobName
    public let bytes: [UInt8]

    public init(name: BlobName, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// What is known of a file key and its project.
public struct PublishState: Sendable {
    /// The file with the key; a cached file gives way to a published one and counts as none.
    public enum Existing: Sendable, Hashable {
        case none
        /// A listed file, with its name and the digest of its bytes.
        case published(filename: String, sha256: SHA256Digest)
        /// A deleted or purged one, whose name is used up.
        case usedUp(filename: String)
    }

    /// The project, or nil if the index does not have it.
    public struct Project: Sendable, Hashable {
        public let origin: ProjectOrigin
        public let status: ProjectStatus

        public init(origin: ProjectOrigin, status: ProjectStatus) {
            self.origin = origin
            self.status = status
        }
    }

    public let project: Project?
    /// The origin that forbids to publish the name without a claim: an index caches files of it from an upstream.
    public let foreignOrigin: ProjectOrigin?
    public let existing: Existing
    /// The number of the last removal that has ended.
    public let removals: Int64

    public init(project: Project?, foreignOrigin: ProjectOrigin? = nil, existing: Existing, removals: Int64) {
        self.project = project
        self.foreignOrigin = foreignOrigin
        self.existing = existing
        self.removals = removals
    }
}

/// The result of a publish.
public enum PublishOutcome: Sendable, Hashable {
    /// The file is published at this serial.
    case published(serial: Int64)
    /// The file replaced another, published or cached, at this serial.
    case replaced(serial: Int64)
    /// The file is published at this serial, under a name that was claimed with it; the pruned files.
    case claimed(serial: Int64, pruned: [CachedFile])
    /// The same bytes were published before, under this name.
    case identical(filename: String)
    /// Other bytes have this key.
    case exists(filename: String)
    /// The name was deleted or purged and is never used again.
    case usedUp(filename: String)
    /// The project does not exist and may not be made.
    case mayNotCreate
    /// This index, or another one of this server, caches files of the project from an upstream.
    case foreignOrigin(ProjectOrigin)
    /// The project's status forbids uploads.
    case closed(ProjectStatus)
    /// A sweep is removing the bytes or metadata right now: store them again and try again.
    case beingSwept
}
