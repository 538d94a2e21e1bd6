public import PackagingStandards

/// What names bytes in storage: their digest, and the file name (or file name and `.metadata`) that they are kept under.
public struct BlobName: Hashable, Sendable {
    public let digest: SHA256Digest
    public let name: String

    public init(digest: SHA256Digest, name: String) {
        self.digest = digest
        self.name = name
    }

    /// The core metadata of a distribution file, under the metadata's own digest.
    public static func metadata(_ digest: SHA256Digest, of filename: String) -> BlobName {
        BlobName(digest: digest, name: MetadataFilename.of(filename))
    }

    /// The file whose core metadata bear this name; nil for the bytes of a distribution file.
    public var filenameOfMetadata: String? { MetadataFilename.filename(of: name) }
}
