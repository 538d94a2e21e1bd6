/// A ZIP archive's central directory, in which no two readers can see different files.
///
/// A pure value over byte ranges: made from the archive's last bytes and the directory's own, so that a remote archive
/// is read with two ranges. What only the local headers tell is checked by `ZipReader`, entry by entry.
///
/// Refused: names that are double, unsafe or not UTF-8, entries that overlap, start before the archive or leave bytes
/// uncovered (hidden entries), encryption, several disks, comments at the end, links and devices, methods other than
/// stored and deflated, a Unicode path that differs, and more than `ArchiveLimits` allow.
public struct ZipDirectory: Sendable {
    /// In the order of their bytes in the archive.
    public let entries: [ZipEntry]
    /// What the entries say they hold together; `ZipReader` holds each to it.
    public let uncompressedSize: Int64

    /// Reads the end record and the central directory.
    ///
    /// - Throws: `ArchiveError`.
    public init(reading bytes: any RandomAccessBytes, limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveError) {
        let tailLength = min(bytes.size, Int64(ZipEnd.tailLength))
        let tail = try bytes.read(at: bytes.size - tailLength, count: Int(tailLength))
        let end = try ZipEnd(tail: tail, size: bytes.size)
        try Self.checkLimits(end, limits: limits)
        let directory = try bytes.read(at: end.directory.lowerBound, count: end.directory.count)
        try self.init(parsing: directory, end: end, archiveSize: bytes.size, limits: limits)
    }

    /// Parses a central directory.
    ///
    /// - Parameters:
    ///   - bytes: those of `end.directory`.
    ///   - end: the archive's end record.
    ///   - archiveSize: the archive's size.
    ///   - limits: what is accepted.
    /// - Throws: `ArchiveError`.
    public init(
        parsing bytes: [UInt8], end: ZipEnd, archiveSize: Int64, limits: ArchiveLimits = ArchiveLimits()
    ) throws(ArchiveError) {
        try Self.checkLimits(end, limits: limits)
        var entries: [ZipEntry] = []
        var total: Int64 = 0
        var rest = bytes[...]
        while !rest.isEmpty {
            guard entries.count < end.entryCount else { throw Self.wrongCount(end, "more") }
            let (entry, length) = try ZipEntry.parse(
                central: rest, directoryOffset: end.directory.lowerBound, limits: limits)
            rest = rest.dropFirst(length)
            let sum = total.addingReportingOverflow(entry.uncompressedSize)
            total = sum.overflow ? .max : sum.partialValue
            entries.append(entry)
        }
        guard entries.count == end.entryCount else { throw Self.wrongCount(end, "\(entries.count)") }
        try limits.checkSize(uncompressed: total, archiveSize: archiveSize)
        try ArchivePath.checkDistinct(entries.map(\.archivePath), allowsRepeatedFolders: false)
        self.entries = try Self.laidOut(entries, directoryOffset: end.directory.lowerBound)
        uncompressedSize = total
    }

    /// The file (not folder) of that path.
    public func file(at path: String) -> ZipEntry? {
        entries.first { !$0.isDirectory && $0.path == path }
    }

    private static func wrongCount(_ end: ZipEnd, _ found: String) -> ArchiveError {
        ArchiveError("the archive's end record announces \(end.entryCount) entries, but its directory has \(found)")
    }

    private static func checkLimits(_ end: ZipEnd, limits: ArchiveLimits) throws(ArchiveError) {
        guard end.entryCount <= limits.maxEntries else {
            throw ArchiveError("the archive has \(end.entryCount) entries; \(limits.maxEntries) are accepted")
        }
        guard end.directory.count <= limits.maxDirectorySize else {
            throw ArchiveError(
                "the archive's directory has \(end.directory.count) bytes; \(limits.maxDirectorySize) are accepted")
        }
    }

    /// The entries in the order of their bytes, each ending where the next starts; the first starts the archive.
    private static func laidOut(_ entries: [ZipEntry], directoryOffset: Int64) throws(ArchiveError) -> [ZipEntry] {
        var sorted = entries.sorted { $0.extent.lowerBound < $1.extent.lowerBound }
        guard (sorted.first?.extent.lowerBound ?? directoryOffset) == 0 else {
            throw ArchiveError("the archive has bytes before its first entry")
        }
        for position in sorted.indices.dropLast() {
            sorted[position].extent = sorted[position].extent.lowerBound..<sorted[position + 1].extent.lowerBound
        }
        for entry in sorted {
            let least = Int64(ZipReader.localHeaderLength + entry.rawName.count)
            guard entry.compressedSize <= Int64(entry.extent.count) - least else { throw overlap(entry) }
        }
        return sorted
    }

    private static func overlap(_ entry: ZipEntry) -> ArchiveError {
        ArchiveError("\(ShownText.quoted(entry.rawName)) overlaps another entry of the archive")
    }
}
