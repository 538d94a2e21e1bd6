import NIOCore
import PackagingStandards

/// The core metadata of a fetched wheel, read as installers read it, without a look at the rest.
struct WheelMetadata: Sendable {
    /// As they stand in the archive, byte for byte.
    let bytes: ByteBuffer
    let digest: SHA256Digest
    let metadata: CoreMetadata

    /// Reads the metadata; nil if the archive has none, or those of another project or version. Blocks.
    init?(path: String, name: WheelFilename, limits: ArchiveLimits) {
        let reader = RemoteWheelMetadata(filename: name, size: nil, limits: limits)
        guard let content = try? reader.bytes(of: FileBytes(path: path)),
            let metadata = CoreMetadata(parsing: content, of: .wheel(name))
        else { return nil }
        bytes = ByteBuffer(bytes: content)
        digest = SHA256Digest(hashing: bytes)
        self.metadata = metadata
    }
}
