/// A distribution file whose bytes an index holds, as its project's page lists it.
///
/// It holds what a ``SimpleFile`` holds, except what follows from its digest, because a page lists thousands of files.
/// Its address on a page is ``SimpleProjectPage/heldFilesAddress``, its digest, a slash, and its name.
public struct HeldFile: Hashable, Sendable {
    /// A name that is safe in a path (``DistributionFilename/isSafe(_:)``).
    public var filename: String
    /// The version of its release, as first spelled.
    public var version: String
    public var sha256: SHA256Digest
    /// In bytes.
    public var size: Int64
    /// The digest of its core metadata; nil if it has none.
    public var metadataDigest: SHA256Digest?
    /// The file's Requires-Python, as written in its metadata.
    public var requiresPython: String?
    public var uploadTime: Timestamp
    public var yanked: SimpleFile.Yanked
    /// Whether the index has the file's provenance (PEP 740).
    public var hasProvenance: Bool

    public init(
        filename: String, version: String, sha256: SHA256Digest, size: Int64, metadataDigest: SHA256Digest?,
        requiresPython: String?, uploadTime: Timestamp, yanked: SimpleFile.Yanked, hasProvenance: Bool = false
    ) {
        self.filename = filename
        self.version = version
        self.sha256 = sha256
        self.size = size
        self.metadataDigest = metadataDigest
        self.requiresPython = requiresPython
        self.uploadTime = uploadTime
        self.yanked = yanked
        self.hasProvenance = hasProvenance
    }
}
