public import PackagingStandards

/// All that the database knows of a file at a serial: `cellar rebuild` makes its rows from it.
///
/// Manifests are only ever added; of those of one file name in one project, the one with the highest serial is valid.
/// Optional keys may be added; a key's meaning never changes, so every later version reads every earlier manifest.
public struct FileManifest: Codable, Sendable, Hashable {
    /// The state of the file.
    public enum State: String, Codable, Sendable {
        /// Listed and served.
        case published
        /// Deleted: its name is never used again.
        case deleted
        /// Replaced by a file with the same key under another name.
        case replaced
        /// Purged by digest: its bytes are removed forever.
        case purged
        /// A cached file that was forgotten, or displaced by a published one: its name is free.
        case pruned
    }

    /// The bytes that an upload replaced; their old address is served for a while.
    public struct Replaced: Codable, Sendable, Hashable {
        public var filename: String
        public var sha256: SHA256Digest
        public var size: Int64
        public var metadataDigest: SHA256Digest?
        public var metadataSize: Int64?
        /// Microseconds since 1970 UTC.
        public var servedUntil: Int64

        public init(
            filename: String, sha256: SHA256Digest, size: Int64, metadataDigest: SHA256Digest?, metadataSize: Int64?,
            servedUntil: Int64
        ) {
            self.filename = filename
            self.sha256 = sha256
            self.size = size
            self.metadataDigest = metadataDigest
            self.metadataSize = metadataSize
            self.servedUntil = servedUntil
        }
    }

    /// The version of this layout: 1.
    public var manifestVersion = 1
    public var state: State
    public var index: String
    public var project: String
    public var filename: String
    public var serial: Int64
    public var fileKey: String
    public var packageType: String
    /// The version, as the upload of this file spelt it.
    public var version: String
    public var size: Int64
    public var digests: FileDigests
    public var metadataDigest: SHA256Digest?
    public var metadataSize: Int64?
    /// Whether pages state the core metadata; older manifests don't say.
    public var advertisesMetadata: Bool?
    public var requiresPython: String?
    public var summary: String?
    /// The same as `NewFile.attestations`.
    public var attestations: String?
    /// Microseconds since 1970 UTC.
    public var uploadedAt: Int64
    public var uploader: String
    public var uploaderID: Int64?
    public var isYanked: Bool
    public var yankedReason: String?
    /// Who made the change of this serial, and when, in microseconds since 1970 UTC.
    public var changedBy: String
    public var changedAt: Int64
    public var replaced: Replaced?
    /// The id of the upstream that a cached file came from; nil for a published one.
    public var sourceUpstream: String?
    /// The address from which a cached file was fetched.
    public var sourceURL: String?

    /// The origin of a cached file; nil for a published one.
    public var source: FileSource? {
        sourceUpstream.map { FileSource(upstream: $0, url: sourceURL ?? "") }
    }

    public init(
        state: State, index: String, project: String, filename: String, serial: Int64, fileKey: String,
        packageType: String, version: String, size: Int64, digests: FileDigests, metadataDigest: SHA256Digest?,
        metadataSize: Int64?, advertisesMetadata: Bool?, requiresPython: String?, summary: String?,
        attestations: String?, uploadedAt: Int64, uploader: String, uploaderID: Int64?, isYanked: Bool,
        yankedReason: String?, changedBy: String,
        changedAt: Int64, replaced: Replaced?, source: FileSource? = nil
    ) {
        self.state = state
        self.index = index
        self.project = project
        self.filename = filename
        self.serial = serial
        self.fileKey = fileKey
        self.packageType = packageType
        self.version = version
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
        self.isYanked = isYanked
        self.yankedReason = yankedReason
        self.changedBy = changedBy
        self.changedAt = changedAt
        self.replaced = replaced
        sourceUpstream = source?.upstream
        sourceURL = source?.url
    }

    /// Whether pages may state the core metadata; if an older manifest doesn't say, only those of a wheel.
    public var mayAdvertiseMetadata: Bool { advertisesMetadata ?? (packageType == "bdist_wheel") }

    /// The manifest without those of its texts that are now too long for a row.
    public var withinBounds: FileManifest {
        var bounded = self
        bounded.requiresPython = FieldBound.within(FieldBound.requiresPython, requiresPython)
        bounded.summary = FieldBound.within(FieldBound.line, summary)
        bounded.yankedReason = FieldBound.within(FieldBound.line, yankedReason)
        return bounded
    }
}
