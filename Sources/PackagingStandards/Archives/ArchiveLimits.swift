/// The limits on what an archive may hold; sizes are in bytes.
///
/// All are checked against the actual contents, as they are read: a declared size is never trusted.
public struct ArchiveLimits: Sendable, Hashable {
    /// Files and folders together.
    public var maxEntries = 100_000
    /// All files together, unpacked.
    public var maxUncompressedSize: Int64 = 16 << 30
    /// An archive that holds at most this much is never taken for a bomb.
    public var minimumBombSize: Int64 = 64 << 20
    /// How many times its own size an archive may hold, if it holds more than `minimumBombSize`.
    public var maxRatio: Int64 = 50
    /// One name with its folders.
    public var maxEntryNameLength = 4096
    /// A ZIP archive's central directory, or all names in a tar together.
    public var maxDirectorySize = 64 << 20
    /// METADATA, WHEEL or PKG-INFO.
    public var maxMetadataSize = 16 << 20
    /// A wheel's RECORD.
    public var maxRecordSize = 32 << 20

    /// Makes the default limits.
    public init() {}

    /// Refuses an archive that holds more than is allowed, or so much more than its own size that it must be a bomb.
    ///
    /// - Parameters:
    ///   - uncompressed: how much it holds, as far as it is known.
    ///   - archiveSize: its own size.
    /// - Throws: `ArchiveError`.
    func checkSize(uncompressed: Int64, archiveSize: Int64) throws(ArchiveError) {
        guard uncompressed <= maxUncompressedSize else {
            throw ArchiveError(
                "the archive holds more than \(maxUncompressedSize) bytes once unpacked",
                advice: "Leave files out, or have the index's max_archive_size raised.")
        }
        let allowed = archiveSize.multipliedReportingOverflow(by: maxRatio)
        guard uncompressed <= minimumBombSize || allowed.overflow || uncompressed <= allowed.partialValue else {
            throw ArchiveError(
                "the archive holds more than \(maxRatio) times its own size and looks like a decompression bomb",
                advice: "Leave files out, or have the index's max_archive_ratio raised.")
        }
    }
}
