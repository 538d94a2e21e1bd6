public import PackagingStandards

/// A checked file whose bytes are durable in storage, ready to be written to the database.
public struct NewFile: Sendable {
    public let index: IndexName
    public let project: NormalizedName
    /// The project's name as the upload spells it; kept where the project is new.
    public let displayName: String
    public let filename: String
    public let fileKey: FileKey
    /// `sdist` or `bdist_wheel`.
    public let packageType: String
    /// The version as the upload spells it; kept where the release is new.
    public let version: Version
    public let versionSpelling: String
    /// Bytes.
    public let size: Int64
    public let digests: FileDigests
    public let metadataDigest: SHA256Digest?
    public let metadataSize: Int64?
    /// Whether pages name the core metadata, so that installers resolve by them: a wheel's, and those of a source
    /// distribution that hold for each of its wheels.
    public let advertisesMetadata: Bool
    public let requiresPython: String?
    /// The one-line summary of the core metadata.
    public let summary: String?
    /// The attestations as the client sent them, a JSON array (PEP 740); nil if it sent none.
    public let attestations: String?
    public let uploadedAt: Timestamp
    public let uploader: String
    /// The uploader's id; nil for the server's own commands.
    public let uploaderID: Int64?
    /// The number of the last removal of bytes that had ended before these bytes were stored (`Database.removals`).
    public var storedAfter: Int64 = 0

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
