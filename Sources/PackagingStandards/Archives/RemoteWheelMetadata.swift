public import NIOCore

/// A reader of METADATA in a remote wheel, which fetches only the parts of the wheel that it needs.
///
/// The last ``tailSize`` bytes are fetched first, and are enough for small wheels; then what is missing of the
/// archive's directory, then what is missing of the entry. The wheel is read as installers read it: one `.dist-info`
/// folder must belong to the file name, and its METADATA must have the right size and CRC-32, whatever else is in the
/// archive. Nothing may be larger than the limits.
public struct RemoteWheelMetadata: Sendable {
    /// Some bytes of the wheel, where they begin, and the size of the whole.
    public typealias Part = (bytes: ByteBuffer, offset: Int64, totalSize: Int64)

    /// How many bytes are asked for first.
    ///
    /// Among the wheels of common projects, 16 KiB hold the directory of most, and METADATA too of the small ones;
    /// twice as many would save few of them a request.
    public static let tailSize: Int64 = 16 << 10

    private let filename: WheelFilename
    private let size: Int64?
    private let limits: ArchiveLimits

    /// Makes a reader for one wheel.
    ///
    /// - Parameters:
    ///   - filename: the wheel's file name, to which its `.dist-info` folder must belong.
    ///   - size: the wheel's size in bytes, which then must be right; nil if it is not known.
    ///   - limits: what is accepted.
    public init(filename: WheelFilename, size: Int64?, limits: ArchiveLimits = ArchiveLimits()) {
        self.filename = filename
        self.size = size
        self.limits = limits
    }

    /// Returns the bytes of METADATA.
    ///
    /// - Parameter read: fetches a range; it may return more than was asked for, even the whole wheel, but not less.
    /// - Returns: METADATA, uncompressed.
    /// - Throws: `ArchiveError`, of kind `unreadable` if the remote side sent other bytes than were asked for; and what
    ///   `read` throws.
    public func bytes(reading read: @Sendable (RemoteRange) async throws -> Part) async throws -> [UInt8] {
        var window = try await tail(read)
        let end = try InstallerZipEnd(tail: window[window.tail], size: window.totalSize)
        guard end.directory.count <= limits.maxDirectorySize else {
            throw ArchiveError("the archive's directory is larger than \(limits.maxDirectorySize) bytes")
        }
        try await window.extend(to: end.directory.lowerBound, read)
        let directory = try InstallerDirectory(parsing: window[end.directory], end: end, limits: limits)
        let metadata = try directory.metadata(of: filename, limits: limits)
        if metadata.extent.upperBound >= window.range.lowerBound {
            try await window.extend(to: metadata.extent.lowerBound, read)
            return try metadata.content(in: window[metadata.extent])
        }
        let part = try await read(.bytes(metadata.extent))
        let fetched = try Window(part, wanted: metadata.extent, totalSize: window.totalSize)
        return try metadata.content(in: fetched[metadata.extent])
    }

    /// Returns the bytes of METADATA of a whole wheel, read in the same way. Blocks.
    ///
    /// - Throws: `ArchiveError`.
    public func bytes(of wheel: any RandomAccessBytes) throws(ArchiveError) -> [UInt8] {
        let tailLength = min(wheel.size, Int64(InstallerZipEnd.tailLength))
        let tail = try wheel.read(at: wheel.size - tailLength, count: Int(tailLength))
        let end = try InstallerZipEnd(tail: tail, size: wheel.size)
        guard end.directory.count <= limits.maxDirectorySize else {
            throw ArchiveError("the archive's directory is larger than \(limits.maxDirectorySize) bytes")
        }
        let bytes = try wheel.read(at: end.directory.lowerBound, count: end.directory.count)
        let directory = try InstallerDirectory(parsing: bytes, end: end, limits: limits)
        let metadata = try directory.metadata(of: filename, limits: limits)
        return try metadata.content(in: wheel.read(at: metadata.extent.lowerBound, count: metadata.extent.count))
    }

    private func tail(_ read: @Sendable (RemoteRange) async throws -> Part) async throws -> Window {
        let wanted = min(size ?? Self.tailSize, Self.tailSize)
        guard wanted > 0 else { throw ArchiveError("the wheel is empty") }
        let part = try await read(.last(wanted))
        if let size, part.totalSize != size { throw Window.changed }
        guard part.totalSize > 0 else { throw ArchiveError("the wheel is empty") }
        let start = max(0, part.totalSize - wanted)
        return try Window(part, wanted: start..<part.totalSize, totalSize: part.totalSize)
    }
}

/// One contiguous range of a remote file that was fetched.
private struct Window {
    let totalSize: Int64
    private(set) var range: Range<Int64>
    private var bytes: [UInt8]

    static let changed = ArchiveError("the wheel's size has changed", kind: .unreadable)
    private static let short = ArchiveError(
        "the remote side did not give the bytes that were asked for", kind: .unreadable)

    /// Keeps what was fetched, which must include the wanted bytes.
    init(_ part: RemoteWheelMetadata.Part, wanted: Range<Int64>, totalSize: Int64) throws(ArchiveError) {
        let (end, overflow) = part.offset.addingReportingOverflow(Int64(part.bytes.readableBytes))
        guard part.totalSize == totalSize else { throw Self.changed }
        guard part.offset >= 0, !overflow, part.offset <= wanted.lowerBound, end >= wanted.upperBound, end <= totalSize
        else { throw Self.short }
        self.totalSize = totalSize
        range = part.offset..<end
        bytes = Array(part.bytes.readableBytesView)
    }

    /// The last bytes in which an end record may be, as far as they were fetched.
    var tail: Range<Int64> {
        max(range.lowerBound, totalSize - Int64(InstallerZipEnd.tailLength))..<totalSize
    }

    /// The bytes of a range inside the window.
    subscript(part: Range<Int64>) -> [UInt8] {
        let start = Int(part.lowerBound - range.lowerBound)
        return Array(bytes[start..<(start + part.count)])
    }

    /// Fetches what is missing between `start` and the window.
    mutating func extend(
        to start: Int64, _ read: @Sendable (RemoteRange) async throws -> RemoteWheelMetadata.Part
    ) async throws {
        guard start < range.lowerBound else { return }
        let missing = start..<range.lowerBound
        let fetched = try Window(try await read(.bytes(missing)), wanted: missing, totalSize: totalSize)
        bytes.insert(contentsOf: fetched[missing], at: 0)
        range = start..<range.upperBound
    }
}

/// A range of bytes of a remote file (RFC 9110 §14.1.2).
public enum RemoteRange: Sendable, Hashable {
    /// The last bytes, or all if there are fewer.
    case last(Int64)
    /// The bytes from the lower bound up to, but not including, the upper.
    case bytes(Range<Int64>)
}

/// A ZIP archive's central directory, read as leniently as installers read it, and only to find a wheel's METADATA.
///
/// Published wheels must pass `ZipDirectory`, in which no two readers can see different files. Wheels from other
/// indexes are taken as they are: links, comments, duplicate names and unrelated folders do not keep installers from
/// installing them. Of two entries with one name the last counts, as for Python's `zipfile`.
private struct InstallerDirectory {
    /// An entry that may be METADATA.
    struct Entry {
        let folder: String
        let flags: UInt16
        let method: UInt16
        let crc32: UInt32
        let compressedSize: Int64
        let uncompressedSize: Int64
        let offset: Int64
    }

    /// Where METADATA is, and how it is stored.
    struct Metadata {
        let path: String
        /// A range that begins with its local header and holds all of its bytes.
        let extent: Range<Int64>
        let entry: Entry
    }

    private static let localHeaderLength = 30
    private static let suffix = ".dist-info/METADATA"

    private var entries: [Entry] = []
    private var offsets: [Int64] = []
    private let end: Int64

    /// Parses a central directory.
    ///
    /// - Parameters:
    ///   - bytes: the bytes of `end.directory`.
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

    /// Returns the value of the ZIP64 field; empty if there is none.
    private static func zip64(in extra: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = extra
        while rest.count >= 4 {
            let value = rest.dropFirst(4).prefix(Int(rest.uint16(at: 2)))
            if rest.uint16(at: 0) == 0x0001 { return value }
            rest = rest.dropFirst(4 + value.count)
        }
        return []
    }

    /// Finds METADATA in the `.dist-info` folder that belongs to a wheel's file name.
    ///
    /// - Throws: `ArchiveError` if there is none, or if there are several and none is spelled as in the file name.
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
        // The lengths of name and extra field in the local header have 16 bits.
        let most = entry.offset + Int64(Self.localHeaderLength + 2 * Int(UInt16.max)) + entry.compressedSize
        return Metadata(path: path, extent: entry.offset..<min(next, most, end), entry: entry)
    }
}

extension InstallerDirectory.Metadata {
    /// Returns the uncompressed bytes, and checks their size and CRC-32.
    ///
    /// - Parameter bytes: the bytes of `extent`.
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
        // One byte more than needed shows whether the stream holds too much.
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

/// A ZIP archive's end record, found as installers find it: the last one, whatever follows it.
private struct InstallerZipEnd {
    /// How many of the last bytes hold the record in any archive that installers read.
    static let tailLength = 22 + Int(UInt16.max) + 20 + 56

    /// Where the central directory starts and ends.
    let directory: Range<Int64>
    /// How many bytes precede the archive and are not counted in its offsets.
    let shift: Int64

    /// Reads the end record from the archive's last bytes.
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
