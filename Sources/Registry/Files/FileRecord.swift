public import PackagingStandards

/// A distribution file of an index, as the database knows it.
public struct FileRecord: Sendable, Hashable {
    /// The name under which it was published or cached.
    public let filename: String
    /// The key that is unique in the index.
    public let fileKey: FileKey
    /// `sdist` or `bdist_wheel`.
    public let packageType: String
    /// The release's version, as first spelt.
    public let version: String
    /// Bytes.
    public let size: Int64
    public let digests: FileDigests
    /// The digest of its core metadata, under which they are stored (PEP 658); nil if it has none.
    public let metadataDigest: SHA256Digest?
    /// Bytes of the core metadata; nil if it has none.
    public let metadataSize: Int64?
    /// Whether pages state its core metadata.
    public let advertisesMetadata: Bool
    /// The specifier set of `Requires-Python`; nil if the metadata has none.
    public let requiresPython: String?
    /// When it was published, or cached.
    public let uploadedAt: Timestamp
    /// The name of whoever published it; `upstream:<id>` for a cached file.
    public let uploader: String
    /// Whether the file is yanked, and why (PEP 592).
    public let yanked: Yanked
    /// The serial of the file's last change.
    public let serial: Int64
    /// The origin of a cached file; nil if it was published here.
    public let source: FileSource?
    /// Whether the index has its provenance (PEP 740).
    public let hasProvenance: Bool

    /// The digest of its core metadata, if pages state them.
    public var advertisedMetadata: SHA256Digest? { advertisesMetadata ? metadataDigest : nil }

    public init(
        filename: String, fileKey: FileKey, packageType: String, version: String, size: Int64, digests: FileDigests,
        metadataDigest: SHA256Digest?, metadataSize: Int64?, advertisesMetadata: Bool = true, requiresPython: String?,
        uploadedAt: Timestamp, uploader: String, yanked: Yanked, serial: Int64, source: FileSource? = nil,
        hasProvenance: Bool = false
    ) {
        self.filename = filename
        self.fileKey = fileKey
        self.packageType = packageType
        self.version = version
        self.size = size
        self.digests = digests
        self.metadataDigest = metadataDigest
        self.metadataSize = metadataSize
        self.advertisesMetadata = advertisesMetadata
        self.requiresPython = requiresPython
        self.uploadedAt = uploadedAt
        self.uploader = uploader
        self.yanked = yanked
        self.serial = serial
        self.source = source
        self.hasProvenance = hasProvenance
    }
}

/// The origin of a cached file.
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

/// The identity of a file that an index holds, or may cache.
struct HeldFileKey: Hashable, Sendable {
    /// The index that holds it.
    let index: IndexName
    let project: NormalizedName
    let filename: String
}

/// Whether a file is yanked, and why (PEP 592).
public typealias Yanked = SimpleFile.Yanked

extension Yanked {
    /// Why a file is yanked, if a reason was given.
    public var reason: String? {
        if case .yes(let reason) = self { reason } else { nil }
    }
}
