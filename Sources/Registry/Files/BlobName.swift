public import PackagingStandards

/// What names bytes in storage: their digest, and the file name (or file name and `.metadata`) that they are kept under.
public struct BlobName: Hashable, Sendable {
    public let digest: SHA256Digest
    public let name: String

    public init(digest: SHA256Digest, name: String) {
        self.digest = digest
        self.name = name
    }
}
