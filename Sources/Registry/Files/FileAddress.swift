public import PackagingStandards

/// What the address of a distribution file names.
public struct FileAddress: Hashable, Sendable {
    /// What stands before the file's name.
    public enum Locator: Hashable, Sendable {
        /// `/<index>/files/<sha256>/<filename>`.
        case sha256(SHA256Digest)
        /// `/<index>/files/u/<project>/<filename>`: an upstream's file whose digest its page does not tell.
        case project(NormalizedName)
    }

    public let index: IndexName
    public let locator: Locator
    /// The file's name, without `.metadata`.
    public let filename: String

    public init(index: IndexName, locator: Locator, filename: String) {
        self.index = index
        self.locator = locator
        self.filename = filename
    }

    public init(index: IndexName, sha256: SHA256Digest, filename: String) {
        self.init(index: index, locator: .sha256(sha256), filename: filename)
    }
}

/// What the database knows of a file address that may be downloaded.
public struct FileLocation: Sendable, Hashable {
    public let project: NormalizedName
    /// The project's status; a quarantined project's files are not handed out (PEP 792).
    public let status: ProjectStatus
    public let sha256: SHA256Digest
    /// Bytes.
    public let size: Int64
    public let metadataDigest: SHA256Digest?
    public let metadataSize: Int64?
    /// The release's version, as the file's own upload spelt it.
    public let version: String
    /// `sdist` or `bdist_wheel`.
    public let packageType: String
    /// When it was published or cached; of a replaced file, when the one in its place was.
    public let uploadedAt: Timestamp
    /// Whether it came from an upstream.
    public let isCached: Bool
    /// The moment until which the address of a replaced file is served; nil for a current file.
    public let servedUntil: Timestamp?

    public init(
        project: NormalizedName, status: ProjectStatus, sha256: SHA256Digest, size: Int64,
        metadataDigest: SHA256Digest?, metadataSize: Int64?, version: String, packageType: String,
        uploadedAt: Timestamp,
        isCached: Bool, servedUntil: Timestamp?
    ) {
        self.project = project
        self.status = status
        self.sha256 = sha256
        self.size = size
        self.metadataDigest = metadataDigest
        self.metadataSize = metadataSize
        self.version = version
        self.packageType = packageType
        self.uploadedAt = uploadedAt
        self.isCached = isCached
        self.servedUntil = servedUntil
    }
}
