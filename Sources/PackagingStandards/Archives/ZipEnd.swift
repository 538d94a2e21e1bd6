/// A ZIP archive's end record, with its ZIP64 record where there is one (APPNOTE 4.3.14 to 4.3.16).
///
/// Found in the archive's last bytes alone, so that it serves for a file as well as for a remote one.
public struct ZipEnd: Sendable, Hashable {
    /// Where the central directory starts and ends.
    public let directory: Range<Int64>
    /// How many entries the directory lists.
    public let entryCount: Int

    /// How many of an archive's last bytes are enough to find the end record.
    public static let tailLength = endLength + locatorLength + zip64Length

    private static let endLength = 22
    private static let locatorLength = 20
    private static let zip64Length = 56

    /// Reads the end record.
    ///
    /// The archive must end with it: an archive comment would let readers that search for the record disagree.
    ///
    /// - Parameters:
    ///   - tail: the archive's last `tailLength` bytes, or all of it if it is shorter.
    ///   - size: the archive's size.
    /// - Throws: `ArchiveError` if it isn't a ZIP archive, or one whose end can be read in more than one way.
    public init(tail: [UInt8], size: Int64) throws(ArchiveError) {
        guard tail.count >= Self.endLength, size >= Int64(tail.count),
            tail.suffix(Self.endLength).uint32(at: 0) == 0x0605_4b50
        else {
            throw ArchiveError(
                "the file is not a ZIP archive, is cut short, or has a comment or other bytes after its end record")
        }
        let end = tail.suffix(Self.endLength)
        guard end.uint16(at: 20) == 0 else {
            throw ArchiveError("the archive's end record announces a comment; archive comments are not accepted")
        }
        let fields = Fields(
            disk: UInt32(end.uint16(at: 4)), directoryDisk: UInt32(end.uint16(at: 6)),
            countHere: UInt64(end.uint16(at: 8)), count: UInt64(end.uint16(at: 10)),
            size: UInt64(end.uint32(at: 12)), offset: UInt64(end.uint32(at: 16)))
        let endOffset = size - Int64(Self.endLength)
        if let (wide, wideOffset) = try Self.zip64(tail: tail, size: size) {
            guard fields.agrees(with: wide) else {
                throw ArchiveError(
                    "the archive's end record says \(fields), but its ZIP64 end record says \(wide)")
            }
            try self.init(wide, before: wideOffset)
        } else {
            guard fields.size != 0xffff_ffff, fields.offset != 0xffff_ffff else {
                throw ArchiveError("the archive's ZIP64 end record is missing")
            }
            try self.init(fields, before: endOffset)
        }
    }

    private init(_ fields: Fields, before recordOffset: Int64) throws(ArchiveError) {
        guard fields.disk == 0, fields.directoryDisk == 0, fields.countHere == fields.count else {
            throw ArchiveError("the archive is one part of several; multi-disk archives are not accepted")
        }
        guard let offset = Int64(exactly: fields.offset), let length = Int64(exactly: fields.size),
            offset <= recordOffset, recordOffset - offset == length
        else {
            throw ArchiveError(
                "the archive's central directory is not where its end record says, or other bytes come before the archive"
            )
        }
        // No directory entry is shorter than 46 bytes.
        guard let count = Int(exactly: fields.count), Int64(count) <= length / 46 else {
            throw ArchiveError(
                "the archive's end record announces \(fields.count) entries, more than its directory of \(length) bytes can "
                    + "hold")
        }
        directory = offset..<recordOffset
        entryCount = count
    }

    /// The ZIP64 end record and its offset; nil if the archive has none.
    private static func zip64(tail: [UInt8], size: Int64) throws(ArchiveError) -> (Fields, offset: Int64)? {
        let locator = tail.dropLast(endLength).suffix(locatorLength)
        guard locator.count == locatorLength, locator.uint32(at: 0) == 0x0706_4b50 else { return nil }
        let record = tail.dropLast(endLength + locatorLength).suffix(zip64Length)
        let recordOffset = size - Int64(tailLength)
        guard record.count == zip64Length, record.uint32(at: 0) == 0x0606_4b50, record.uint64(at: 4) == 44,
            locator.fileOffset(at: 8) == recordOffset
        else {
            throw ArchiveError("the archive's ZIP64 end record is damaged, extended or not where its locator says")
        }
        guard locator.uint32(at: 4) == 0, locator.uint32(at: 16) <= 1 else {
            throw ArchiveError("the archive is one part of several; multi-disk archives are not accepted")
        }
        let fields = Fields(
            disk: record.uint32(at: 16), directoryDisk: record.uint32(at: 20), countHere: record.uint64(at: 24),
            count: record.uint64(at: 32), size: record.uint64(at: 40), offset: record.uint64(at: 48))
        return (fields, recordOffset)
    }

    private struct Fields: CustomStringConvertible {
        let disk: UInt32
        let directoryDisk: UInt32
        let countHere: UInt64
        let count: UInt64
        let size: UInt64
        let offset: UInt64

        var description: String { "\(count) entries in \(size) bytes at \(offset) (disk \(disk))" }

        /// Each narrow field is either the sign that it doesn't fit, or the same as the wide one.
        func agrees(with wide: Fields) -> Bool {
            (disk == 0xffff || disk == wide.disk)
                && (directoryDisk == 0xffff || directoryDisk == wide.directoryDisk)
                && (countHere == 0xffff || countHere == wide.countHere) && (count == 0xffff || count == wide.count)
                && (size == 0xffff_ffff || size == wide.size) && (offset == 0xffff_ffff || offset == wide.offset)
        }
    }
}
