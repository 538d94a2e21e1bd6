/// A ZIP archive's central directory, read as installers read it: only as far as one wheel's METADATA is looked for.
///
/// What an index publishes is held to `ZipDirectory`, in which no two readers can see different files. Wheels of other
/// indexes are what they are: links, comments, double names and foreign folders in them keep nobody from installing
/// them. Of two entries of one name the last counts, as for Python's `zipfile`.
struct InstallerDirectory {
    /// An entry that may be METADATA.
    fileprivate struct Entry {
        let folder: String
        let flags: UInt16
        let method: UInt16
        let crc32: UInt32
        let compressedSize: Int64
        let uncompressedSize: Int64
        let offset: Int64
    }

    /// Where METADATA is, and how it is kept.
    struct Metadata {
        let path: String
        /// From its local header on: no byte of it is outside.
        let extent: Range<Int64>
        fileprivate let entry: Entry
    }

    private static let localHeaderLength = 30
    private static let suffix = ".dist-info/METADATA"

    private var entries: [Entry] = []
    private var offsets: [Int64] = []
    private let end: Int64

    /// Parses a central directory.
    ///
    /// - Parameters:
    ///   - bytes: those of `end.directory`.
    ///   - end: the archive's end record.
    ///   - limits: how many entries there may be.
    /// - Throws: `ArchiveError`.
    init(parsing bytes: [UInt8], end: InstallerZipEnd, limits: ArchiveLimits) throws(ArchiveError) {
        self.end = end.directory.lowerBound
        var rest = bytes[...]
        while rest.count >= ZipEntry.centralHeaderLength, rest.uint32(at: 0) == 0x0201_4b50 {
            guard offsets.count < limits.maxEntries else {
                throw ArchiveError("the archive has more than \(limits.maxEntries) entries")
            }
            let nameLength = Int(rest.uint16(at: 28))
            let extraLength = Int(rest.uint16(at: 30))
            let length = ZipEntry.centralHeaderLength + nameLength + extraLength + Int(rest.uint16(at: 32))
            guard length <= rest.count else { break }
            let name = rest.dropFirst(ZipEntry.centralHeaderLength).prefix(nameLength)
            let extra = rest.dropFirst(ZipEntry.centralHeaderLength + nameLength).prefix(extraLength)
            add(rest, name: name, extra: extra, shift: end.shift)
            rest = rest.dropFirst(length)
        }
    }

    private mutating func add(
        _ header: ArraySlice<UInt8>, name: ArraySlice<UInt8>, extra: ArraySlice<UInt8>, shift: Int64
    ) {
        var wide = Self.zip64(in: extra)
        func take(_ narrow: UInt32) -> Int64? {
            guard narrow == .max else { return Int64(narrow) }
            guard wide.count >= 8 else { return nil }
            defer { wide = wide.dropFirst(8) }
            return wide.fileOffset(at: 0)
        }
        guard let uncompressed = take(header.uint32(at: 24)), let compressed = take(header.uint32(at: 20)),
            let start = take(header.uint32(at: 42)), start <= end - shift
        else { return }
        offsets.append(start + shift)
        let suffix = Self.suffix.utf8
        guard name.count > suffix.count, name.suffix(suffix.count).elementsEqual(suffix) else { return }
        let stem = name.dropLast(suffix.count)
        guard !stem.contains(UInt8(ascii: "/")), let folder = String(validating: stem, as: UTF8.self) else { return }
        entries.append(
            Entry(
                folder: folder, flags: header.uint16(at: 8), method: header.uint16(at: 10),
                crc32: header.uint32(at: 16),
                compressedSize: compressed, uncompressedSize: uncompressed, offset: start + shift))
    }

    /// The value of the ZIP64 field.
    private static func zip64(in extra: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = extra
        while rest.count >= 4 {
            let value = rest.dropFirst(4).prefix(Int(rest.uint16(at: 2)))
            if rest.uint16(at: 0) == 0x0001 { return value }
            rest = rest.dropFirst(4 + value.count)
        }
        return []
    }

    /// METADATA of the one `.dist-info` folder that belongs to a wheel's file name.
    ///
    /// - Throws: `ArchiveError` if there is none, or more than one and none that is spelled as in the file name.
    func metadata(of filename: WheelFilename, limits: ArchiveLimits) throws(ArchiveError) -> Metadata {
        let fitting = entries.filter { WheelArchive.belongs($0.folder, to: filename) }
        let exact = fitting.filter { $0.folder == "\(filename.rawName)-\(filename.rawVersion)" }
        guard let entry = exact.last ?? fitting.last, !exact.isEmpty || Set(fitting.map(\.folder)).count == 1 else {
            throw ArchiveError(
                fitting.isEmpty
                    ? "the wheel has no METADATA in a folder '{name}-{version}.dist-info' that belongs to its file name"
                    : "the wheel has several .dist-info folders that belong to its file name")
        }
        let path = entry.folder + Self.suffix
        guard entry.uncompressedSize <= limits.maxMetadataSize, entry.compressedSize <= limits.maxMetadataSize else {
            throw ArchiveError("\(ShownText.quoted(path)) is larger than \(limits.maxMetadataSize) bytes")
        }
        let next = offsets.filter { $0 > entry.offset }.min() ?? end
        // Name and extra field of the local header have lengths of 16 bits.
        let most = entry.offset + Int64(Self.localHeaderLength + 2 * Int(UInt16.max)) + entry.compressedSize
        return Metadata(path: path, extent: entry.offset..<min(next, most, end), entry: entry)
    }
}

extension InstallerDirectory.Metadata {
    /// The uncompressed bytes, whose size and CRC-32 were right.
    ///
    /// - Parameter bytes: those of the extent.
    /// - Returns: METADATA.
    /// - Throws: `ArchiveError`.
    func content(in bytes: [UInt8]) throws(ArchiveError) -> [UInt8] {
        let start = 30
        guard bytes.count >= start, bytes.uint32(at: 0) == 0x0403_4b50 else {
            throw ArchiveError("\(ShownText.quoted(path)) has no local header")
        }
        guard entry.flags & 0x2041 == 0 else { throw ArchiveError("\(ShownText.quoted(path)) is encrypted") }
        let before = start + Int(bytes.uint16(at: 26)) + Int(bytes.uint16(at: 28))
        let packed = bytes.dropFirst(before).prefix(Int(entry.compressedSize))
        guard packed.count == Int(entry.compressedSize) else {
            throw ArchiveError("\(ShownText.quoted(path)) is cut short")
        }
        let content: [UInt8]
        switch entry.method {
        case 0: content = Array(packed)
        case 8: content = try inflated(packed)
        default: throw ArchiveError("\(ShownText.quoted(path)) is compressed with method \(entry.method)")
        }
        var crc = CRC32()
        content.withUnsafeBytes { crc.update($0) }
        guard content.count == Int(entry.uncompressedSize), crc.value == entry.crc32 else {
            throw ArchiveError("\(ShownText.quoted(path)) is damaged: its size or its CRC-32 is wrong")
        }
        return content
    }

    private func inflated(_ packed: ArraySlice<UInt8>) throws(ArchiveError) -> [UInt8] {
        guard let inflater = Inflater(format: .raw) else { throw ArchiveError("zlib has no memory", kind: .unreadable) }
        // One byte of room more than needed shows a stream that holds more than it should.
        var output = [UInt8](repeating: 0, count: Int(entry.uncompressedSize) + 1)
        let step: Inflater.Step?
        step = packed.withUnsafeBytes { input in
            output.withUnsafeMutableBytes { room in try? inflater.inflate(input, into: room) }
        }
        guard let step, step.isFinished else {
            throw ArchiveError("\(ShownText.quoted(path)) is damaged: it cannot be inflated")
        }
        return Array(output.prefix(step.produced))
    }
}

/// A ZIP archive's end record, found as installers find it: the last one, whatever comment or bytes follow it.
struct InstallerZipEnd {
    /// How many of an archive's last bytes hold the record in any archive that installers read.
    static let tailLength = 22 + Int(UInt16.max) + 20 + 56

    /// Where the central directory starts and ends.
    let directory: Range<Int64>
    /// How many bytes stand before the archive, which its offsets do not count.
    let shift: Int64

    /// Reads the end record out of an archive's last bytes.
    ///
    /// - Throws: `ArchiveError`.
    init(tail: [UInt8], size: Int64) throws(ArchiveError) {
        let start = size - Int64(tail.count)
        var position = tail.count - 22
        while position >= 0, tail.dropFirst(position).uint32(at: 0) != 0x0605_4b50 { position -= 1 }
        guard position >= 0 else { throw ArchiveError("the file is not a ZIP archive, or is cut short") }
        let record = tail.dropFirst(position)
        var recordOffset = start + Int64(position)
        var length: Int64? = Int64(record.uint32(at: 12))
        var offset: Int64? = Int64(record.uint32(at: 16))
        if position >= 76, tail.dropFirst(position - 20).uint32(at: 0) == 0x0706_4b50,
            tail.dropFirst(position - 76).uint32(at: 0) == 0x0606_4b50
        {
            let wide = tail.dropFirst(position - 76)
            recordOffset -= 76
            length = wide.fileOffset(at: 40)
            offset = wide.fileOffset(at: 48)
        }
        guard let length, let offset, length <= recordOffset, offset <= recordOffset - length else {
            throw ArchiveError("the archive's central directory is not where its end record says")
        }
        directory = (recordOffset - length)..<recordOffset
        shift = recordOffset - length - offset
    }
}
