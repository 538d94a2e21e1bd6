import NIOCore
import PackagingStandards

/// The core metadata of a fetched wheel, read from its directory and one entry, without a look at the rest.
struct WheelMetadata: Sendable {
    /// As they stand in the archive, byte for byte.
    let bytes: ByteBuffer
    let digest: SHA256Digest
    let metadata: CoreMetadata

    /// Reads the metadata; nil where the archive is one that our readers refuse, or holds those of another project or
    /// version. Blocks.
    init?(path: String, name: WheelFilename, limits: ArchiveLimits) {
        guard let content = Self.read(path, limits: limits), let metadata = try? CoreMetadata(parsing: content),
            NormalizedName(metadata.name) == name.name, Version(metadata.version) == name.version
        else { return nil }
        bytes = ByteBuffer(bytes: content)
        digest = SHA256Digest(hashing: bytes)
        self.metadata = metadata
    }

    private static func read(_ path: String, limits: ArchiveLimits) -> [UInt8]? {
        do {
            let file = try FileBytes(path: path)
            let directory = try ZipDirectory(reading: file, limits: limits)
            let entries = directory.entries.filter { entry in
                let parts = entry.path.split(separator: "/", omittingEmptySubsequences: false)
                return !entry.isDirectory && parts.count == 2 && parts[0].hasSuffix(".dist-info")
                    && parts[1] == "METADATA"
            }
            guard let entry = entries.first, entries.count == 1 else { return nil }
            return try ZipReader(file).read(entry, limit: limits.maxMetadataSize)
        } catch {
            return nil
        }
    }
}
