import LocalFiles
import NIOCore
import PackagingStandards

/// The core metadata of a fetched wheel, read as installers read it, without a look at the rest.
struct WheelMetadata: Sendable {
    /// As they stand in the archive, byte for byte.
    let bytes: ByteBuffer
    let digest: SHA256Digest
    /// Nil if they break the rules so far that only their project and version can be told.
    let metadata: CoreMetadata?

    /// Reads the metadata; nil if the archive has none, or those of another project or version. Blocks.
    ///
    /// - Throws: `ArchiveError` if the bytes could not be read, so that nothing is known of the archive.
    init?(of file: SpooledFile, name: WheelFilename, limits: ArchiveLimits) throws {
        let reader = RemoteWheelMetadata(filename: name, size: nil, limits: limits)
        let content: [UInt8]
        do throws(ArchiveError) {
            content = try reader.bytes(of: file)
        } catch {
            guard error.kind == .refused else { throw error }
            return nil
        }
        guard CoreMetadata.isMetadata(content, of: .wheel(name)) else { return nil }
        bytes = ByteBuffer(bytes: content)
        digest = SHA256Digest(hashing: bytes)
        metadata = try? CoreMetadata(parsing: content)
    }
}
