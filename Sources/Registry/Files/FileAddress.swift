public import PackagingStandards

/// What `/<index>/files/<sha256>/<filename>` names.
public struct FileAddress: Hashable, Sendable {
    public let index: IndexName
    public let sha256: SHA256Digest
    /// The file's name, without `.metadata`.
    public let filename: String

    public init(index: IndexName, sha256: SHA256Digest, filename: String) {
        self.index = index
        self.sha256 = sha256
        self.filename = filename
    }
}

/// What the database knows of a file address that may be downloaded.
public struct FileLocation: Sendable, Hashable {
    public let project: NormalizedName
    /// The project's status; a quarantined project's files are not handed out (PEP 792).
    public let status: ProjectStatus
    /// Bytes.
    public let size: Int64
    public let metadataDigest: SHA256Digest?
    public let metadataSize: Int64?
    /// The moment until which the address of a replaced file is served; nil for a current file.
    public let servedUntil: Timestamp?

    public init(
        project: NormalizedName, status: ProjectStatus, size: Int64, metadataDigest: SHA256Digest?,
        metadataSize: Int64?, servedUntil: Timestamp?
    ) {
        self.project = project
        self.status = status
        self.size = size
        self.metadataDigest = metadataDigest
        self.metadataSize = metadataSize
        self.servedUntil = servedUntil
    }
}
