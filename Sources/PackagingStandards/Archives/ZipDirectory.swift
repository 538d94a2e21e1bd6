/// A ZIP archive's central directory, in which no two readers can see different files.
///
/// It is made from two ranges: the archive's last bytes, and the directory. `ZipReader` checks the local headers, entry
/// by entry.
///
/// It refuses names that are duplicate, unsafe or not UTF-8, entries that overlap or leave bytes uncovered (hidden
/// entries), encryption, several disks, archive comments, links and devices, methods other than stored and deflated, a
/// Unicode path that differs from the name, and more than `ArchiveLimits` allow.
public struct ZipDirectory: Sendable {
    /// The entries, in the order of their bytes in the archive.
    public let entries: [ZipEntry]
    /// What the entries together say they hold; `ZipReader` checks each.
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
    ///   - bytes: the bytes of `end.directory`.
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

    /// Returns the file (not a folder) with that path.
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

    /// Returns the entries in the order of their bytes; each ends where the next starts, and the first starts at 0.
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

/// A ZIP archive's end record, and its ZIP64 end record if there is one (APPNOTE 4.3.14 to 4.3.16).
///
/// It is read from the archive's last bytes alone.
public struct ZipEnd: Sendable, Hashable {
    /// Where the central directory starts and ends.
    public let directory: Range<Int64>
    /// How many entries the directory lists.
    public let entryCount: Int

    /// How many of the archive's last bytes hold the end record.
    public static let tailLength = endLength + locatorLength + zip64Length

    private static let endLength = 22
    private static let locatorLength = 20
    private static let zip64Length = 56

    /// Reads the end record.
    ///
    /// The archive must end with it: with a comment after it, readers that search for the record could disagree.
    ///
    /// - Parameters:
    ///   - tail: the archive's last `tailLength` bytes, or all of it if it is shorter.
    ///   - size: the archive's size.
    /// - Throws: `ArchiveError` if it is not a ZIP archive, or if its end can be read in more than one way.
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
        // A directory entry has at least 46 bytes.
        guard let count = Int(exactly: fields.count), Int64(count) <= length / 46 else {
            throw ArchiveError(
                "the archive's end record announces \(fields.count) entries, more than its directory of \(length) bytes can "
                    + "hold")
        }
        directory = offset..<recordOffset
        entryCount = count
    }

    /// Returns the ZIP64 end record and its offset, or nil if there is none.
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

        /// Returns whether each narrow field either says that its value does not fit, or equals the wide one.
        func agrees(with wide: Fields) -> Bool {
            (disk == 0xffff || disk == wide.disk)
                && (directoryDisk == 0xffff || directoryDisk == wide.directoryDisk)
                && (countHere == 0xffff || countHere == wide.countHere) && (count == 0xffff || count == wide.count)
                && (size == 0xffff_ffff || size == wide.size) && (offset == 0xffff_ffff || offset == wide.offset)
        }
    }
}

/// An entry of a ZIP archive's central directory, checked as far as the directory alone allows.
public struct ZipEntry: Sendable, Hashable {
    /// How an entry's bytes are stored; no other method is accepted.
    public enum Method: UInt16, Sendable, Hashable {
        case stored = 0
        case deflated = 8
    }

    /// The name in its normal form: relative, components joined by `/`, none empty, `.` or `..`, no `/` at the end.
    public var path: String { archivePath.text }
    /// Whether the entry is a folder, which has no bytes.
    public var isDirectory: Bool { archivePath.isDirectory }
    public let method: Method
    /// The CRC-32 of the uncompressed bytes.
    public let crc32: UInt32
    public let compressedSize: Int64
    public let uncompressedSize: Int64
    /// The range from the local header to the next entry or the directory; header, bytes and data descriptor fill it.
    public fileprivate(set) var extent: Range<Int64>

    let archivePath: ArchivePath
    /// The name as written, which the local header must repeat.
    let rawName: [UInt8]
    let flags: Flags

    /// The general purpose flags (APPNOTE 4.4.4).
    struct Flags: OptionSet, Hashable, Sendable {
        let rawValue: UInt16

        static let encrypted = Flags(rawValue: 1 << 0)
        static let deflateOptions = Flags(rawValue: 3 << 1)
        static let dataDescriptor = Flags(rawValue: 1 << 3)
        static let strongEncryption = Flags(rawValue: 1 << 6)
        static let utf8 = Flags(rawValue: 1 << 11)
        static let maskedHeaders = Flags(rawValue: 1 << 13)
        static let accepted: Flags = [.deflateOptions, .dataDescriptor, .utf8]
    }
}

extension ZipEntry {
    /// The fixed part of a central directory header.
    static let centralHeaderLength = 46

    /// Parses one central directory header (APPNOTE 4.3.12).
    ///
    /// - Parameters:
    ///   - record: bytes that start with the header.
    ///   - directoryOffset: where the central directory starts and the last entry ends.
    ///   - limits: what is accepted.
    /// - Returns: the entry, with an extent up to the directory for now, and the header's length.
    /// - Throws: `ArchiveError`.
    fileprivate static func parse(
        central record: ArraySlice<UInt8>, directoryOffset: Int64, limits: ArchiveLimits
    ) throws(ArchiveError) -> (entry: ZipEntry, length: Int) {
        guard record.count >= centralHeaderLength, record.uint32(at: 0) == 0x0201_4b50 else {
            throw ArchiveError("the archive's central directory is damaged")
        }
        let nameLength = Int(record.uint16(at: 28))
        let extraLength = Int(record.uint16(at: 30))
        let length = centralHeaderLength + nameLength + extraLength + Int(record.uint16(at: 32))
        guard length <= record.count else { throw ArchiveError("the archive's central directory is damaged") }
        let name = record.dropFirst(centralHeaderLength).prefix(nameLength)
        let flags = try checkedFlags(record.uint16(at: 8), name: name)
        let path = try ArchivePath(name, limits: limits)
        var shown: String { ShownText.quoted(name) }
        guard let method = Method(rawValue: record.uint16(at: 10)) else {
            throw ArchiveError(
                "\(shown) is compressed with method \(record.uint16(at: 10)); only stored and deflated are accepted")
        }
        let extra = record.dropFirst(centralHeaderLength + nameLength).prefix(extraLength)
        let sizes = try ZipExtra(extra, name: name).sizes(
            uncompressed: record.uint32(at: 24), compressed: record.uint32(at: 20), offset: record.uint32(at: 42),
            disk: record.uint16(at: 34))
        guard sizes.disk == 0 else {
            throw ArchiveError("\(shown) is on another disk; multi-disk archives are not accepted")
        }
        guard sizes.offset < directoryOffset else {
            throw ArchiveError(
                "\(shown) starts at \(sizes.offset), after the archive's central directory, which starts at "
                    + "\(directoryOffset)")
        }
        let entry = ZipEntry(
            method: method, crc32: record.uint32(at: 16), compressedSize: sizes.compressed,
            uncompressedSize: sizes.uncompressed, extent: sizes.offset..<directoryOffset, archivePath: path,
            rawName: Array(name), flags: flags)
        try entry.checkKind(externalAttributes: record.uint32(at: 38))
        return (entry, length)
    }

    private static func checkedFlags(_ value: UInt16, name: ArraySlice<UInt8>) throws(ArchiveError) -> Flags {
        let flags = Flags(rawValue: value)
        var shown: String { ShownText.quoted(name) }
        guard flags.isDisjoint(with: [.encrypted, .strongEncryption, .maskedHeaders]) else {
            throw ArchiveError("\(shown) is encrypted; encrypted archives are not accepted")
        }
        guard flags.isSubset(of: .accepted) else {
            let refused = String(value & ~Flags.accepted.rawValue, radix: 16)
            throw ArchiveError("\(shown) has general purpose flags that are not accepted: 0x\(refused)")
        }
        guard flags.contains(.utf8) || name.allSatisfy({ $0 < 0x80 }) else {
            throw ArchiveError("the name \(shown) is not ASCII and not marked as UTF-8")
        }
        return flags
    }

    /// Checks that the entry is a file or an empty folder.
    private func checkKind(externalAttributes: UInt32) throws(ArchiveError) {
        var shown: String { ShownText.quoted(rawName) }
        if method == .stored || isDirectory {
            guard compressedSize == uncompressedSize || isDirectory else {
                throw ArchiveError(
                    "\(shown) is stored uncompressed, but has a compressed size of \(compressedSize) bytes and an "
                        + "uncompressed size of \(uncompressedSize)")
            }
        }
        guard !isDirectory || uncompressedSize == 0 else {
            throw ArchiveError("\(shown) is a folder by its name, but has \(uncompressedSize) bytes of content")
        }
        // Installers use the Unix mode, whatever system the entry says it comes from.
        switch externalAttributes >> 28 {
        case 0, 0o10: break
        case 0o4:
            guard isDirectory else {
                throw ArchiveError("\(shown) is a folder by its attributes, but a file by its name")
            }
        case 0o12: throw ArchiveError("\(shown) is a symbolic link; links are not accepted")
        default: throw ArchiveError("\(shown) is neither a file nor a folder")
        }
    }
}

/// The extra fields of a ZIP header, of which two matter: the ZIP64 sizes and the Unicode path.
struct ZipExtra {
    /// What a header says together with its ZIP64 field.
    fileprivate struct Sizes {
        let uncompressed: Int64
        let compressed: Int64
        let offset: Int64
        let disk: UInt32
    }

    private let zip64: ArraySlice<UInt8>?
    private let name: ArraySlice<UInt8>

    /// Splits the fields, and refuses a Unicode path (0x7075) that differs from the name: some readers use it instead.
    init(_ bytes: ArraySlice<UInt8>, name: ArraySlice<UInt8>) throws(ArchiveError) {
        var shown: String { ShownText.quoted(name) }
        var zip64: ArraySlice<UInt8>?
        var rest = bytes
        while !rest.isEmpty {
            guard rest.count >= 4, rest.count - 4 >= Int(rest.uint16(at: 2)) else {
                throw ArchiveError("the extra fields of \(shown) are damaged")
            }
            let value = rest.dropFirst(4).prefix(Int(rest.uint16(at: 2)))
            switch rest.uint16(at: 0) {
            case 0x0001:
                guard zip64 == nil else { throw ArchiveError("\(shown) has two ZIP64 fields") }
                zip64 = value
            case 0x7075:
                guard value.dropFirst(5).elementsEqual(name) else {
                    throw ArchiveError(
                        "\(shown) has another name in its Unicode path field: \(ShownText.quoted(value.dropFirst(5)))"
                    )
                }
            default: break
            }
            rest = rest.dropFirst(4 + value.count)
        }
        self.zip64 = zip64
        self.name = name
    }

    /// Returns the sizes of a central header: what does not fit its own field is in the ZIP64 field (APPNOTE 4.5.3).
    fileprivate func sizes(
        uncompressed: UInt32, compressed: UInt32, offset: UInt32, disk: UInt16
    ) throws(ArchiveError) -> Sizes {
        var rest = zip64 ?? []
        let isSpare = uncompressed != .max && compressed != .max && offset != .max && disk != .max
        if isSpare {
            // Readers that use the field nevertheless must find the same values.
            try checkSpare([UInt64(uncompressed), UInt64(compressed), UInt64(offset)], in: rest)
            rest = []
        }
        let sizes = Sizes(
            uncompressed: try take(uncompressed, from: &rest), compressed: try take(compressed, from: &rest),
            offset: try take(offset, from: &rest), disk: try take(disk, from: &rest))
        guard rest.isEmpty else { throw damaged }
        return sizes
    }

    /// Returns the sizes of a local header, whose ZIP64 field has both.
    func localSizes(
        uncompressed: UInt32, compressed: UInt32
    ) throws(ArchiveError) -> (uncompressed: UInt64, compressed: UInt64) {
        guard let zip64, !zip64.isEmpty else {
            guard uncompressed != .max, compressed != .max else { throw damaged }
            return (UInt64(uncompressed), UInt64(compressed))
        }
        guard zip64.count >= 16 else { throw damaged }
        let wide = (uncompressed: zip64.uint64(at: 0), compressed: zip64.uint64(at: 8))
        guard uncompressed == .max || UInt64(uncompressed) == wide.uncompressed,
            compressed == .max || UInt64(compressed) == wide.compressed
        else { throw damaged }
        return wide
    }

    private var damaged: ArchiveError {
        ArchiveError("the ZIP64 sizes of \(ShownText.quoted(name)) are missing, or contradict its header")
    }

    private func checkSpare(_ values: [UInt64], in field: ArraySlice<UInt8>) throws(ArchiveError) {
        guard field.count % 8 == 0, field.count <= 24 else { throw damaged }
        for (position, value) in values.prefix(field.count / 8).enumerated() {
            guard field.uint64(at: position * 8) == value else { throw damaged }
        }
    }

    private func take(_ narrow: UInt32, from rest: inout ArraySlice<UInt8>) throws(ArchiveError) -> Int64 {
        guard narrow == .max else { return Int64(narrow) }
        guard rest.count >= 8, let wide = rest.fileOffset(at: 0) else { throw damaged }
        rest = rest.dropFirst(8)
        return wide
    }

    private func take(_ narrow: UInt16, from rest: inout ArraySlice<UInt8>) throws(ArchiveError) -> UInt32 {
        guard narrow == .max else { return UInt32(narrow) }
        guard rest.count >= 4 else { throw damaged }
        let wide = rest.uint32(at: 0)
        rest = rest.dropFirst(4)
        return wide
    }
}

// The fields of a ZIP record. The caller has checked that the record is long enough.
extension Collection<UInt8> where Index == Int {
    func uint16(at offset: Int) -> UInt16 {
        let first = startIndex + offset
        return UInt16(self[first]) | UInt16(self[first + 1]) << 8
    }

    func uint32(at offset: Int) -> UInt32 {
        UInt32(uint16(at: offset)) | UInt32(uint16(at: offset + 2)) << 16
    }

    func uint64(at offset: Int) -> UInt64 {
        UInt64(uint32(at: offset)) | UInt64(uint32(at: offset + 4)) << 32
    }

    /// Returns a 64-bit size or offset, or nil if no file can have it.
    func fileOffset(at offset: Int) -> Int64? {
        Int64(exactly: uint64(at: offset))
    }
}
