public import NIOCore

/// Reads a wheel's METADATA out of a remote wheel, of which only the parts that are needed are fetched.
///
/// One range of the last ``tailSize`` bytes is enough for small wheels; then what is missing of the archive's directory,
/// then the entry, each only as far as it is not at hand already. The checks are those of an uploaded wheel, as far as
/// they concern the directory and this entry: one `.dist-info` folder that belongs to the file name, one METADATA, local
/// header and directory agreeing, size and CRC-32 right, nothing larger than the limits.
public struct RemoteWheelMetadata: Sendable {
    /// Some bytes of the wheel, where they begin, and the size of the whole.
    public typealias Part = (bytes: ByteBuffer, offset: Int64, totalSize: Int64)

    /// The bytes that are asked for first.
    ///
    /// Over the wheels of common projects 16 KiB hold the directory of most, and of the small ones METADATA as well;
    /// twice as many would spare few of them a request.
    public static let tailSize: Int64 = 16 << 10

    private let filename: WheelFilename
    private let size: Int64?
    private let limits: ArchiveLimits

    /// Reads a wheel of this name.
    ///
    /// - Parameters:
    ///   - filename: the wheel's file name, to which its `.dist-info` folder has to belong.
    ///   - size: the wheel's bytes where they are known; another size is refused then.
    ///   - limits: what is accepted.
    public init(filename: WheelFilename, size: Int64?, limits: ArchiveLimits = ArchiveLimits()) {
        self.filename = filename
        self.size = size
        self.limits = limits
    }

    /// The bytes of METADATA.
    ///
    /// - Parameter read: fetches a range; it may hand out more than was asked for, all of the wheel too, but not less.
    /// - Returns: METADATA, uncompressed.
    /// - Throws: `ArchiveError`, of kind `unreadable` where the remote side gave other bytes than were asked for; and
    ///   whatever `read` throws.
    public func bytes(reading read: @Sendable (RemoteRange) async throws -> Part) async throws -> [UInt8] {
        var window = try await tail(read)
        let endLength = min(window.totalSize, Int64(ZipEnd.tailLength))
        let end = try ZipEnd(tail: window[(window.totalSize - endLength)..<window.totalSize], size: window.totalSize)
        guard end.directory.count <= limits.maxDirectorySize else {
            throw ArchiveError("the archive's directory is larger than \(limits.maxDirectorySize) bytes")
        }
        try await window.extend(to: end.directory.lowerBound, read)
        let directory = try ZipDirectory(
            parsing: window[end.directory], end: end, archiveSize: window.totalSize, limits: limits)
        let entry = try metadataEntry(in: directory)
        let bytes: MemoryBytes
        if entry.extent.upperBound >= window.range.lowerBound {
            try await window.extend(to: entry.extent.lowerBound, read)
            bytes = MemoryBytes(window[entry.extent], at: entry.extent.lowerBound, of: window.totalSize)
        } else {
            let part = try await read(.bytes(entry.extent))
            let fetched = try Window(part, wanted: entry.extent, totalSize: window.totalSize)
            bytes = MemoryBytes(fetched[entry.extent], at: entry.extent.lowerBound, of: window.totalSize)
        }
        return try ZipReader(bytes).read(entry, limit: limits.maxMetadataSize)
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

    private func metadataEntry(in directory: ZipDirectory) throws(ArchiveError) -> ZipEntry {
        let name = try WheelArchive.distInfoName(in: directory)
        guard WheelArchive.belongs(name, to: filename) else { throw WheelArchive.foreignFolder(name) }
        let entry = try WheelArchive.required(name + ".dist-info/METADATA", in: directory)
        guard entry.uncompressedSize <= limits.maxMetadataSize, entry.compressedSize <= limits.maxMetadataSize else {
            throw ArchiveError("\(ArchiveError.quoted(entry.path)) is larger than \(limits.maxMetadataSize) bytes")
        }
        // More can't be its own: name, extra field and data descriptor have lengths of 16 bits or less.
        let most = entry.compressedSize + Int64(ZipReader.localHeaderLength + 2 * Int(UInt16.max) + 24)
        guard entry.extent.count <= most else {
            throw ArchiveError(
                "the archive has bytes after \(ArchiveError.quoted(entry.path)) that its directory does not name")
        }
        return entry
    }
}

/// Bytes of a remote file that were fetched, one behind the other.
private struct Window {
    let totalSize: Int64
    private(set) var range: Range<Int64>
    private var bytes: [UInt8]

    static let changed = ArchiveError("the wheel's size is another than before", kind: .unreadable)
    private static let short = ArchiveError(
        "the remote side did not give the bytes that were asked for", kind: .unreadable)

    /// Keeps of what was fetched what the rest of it may need: all from the wanted bytes' start on.
    init(_ part: RemoteWheelMetadata.Part, wanted: Range<Int64>, totalSize: Int64) throws(ArchiveError) {
        let (end, overflow) = part.offset.addingReportingOverflow(Int64(part.bytes.readableBytes))
        guard part.totalSize == totalSize else { throw Self.changed }
        guard part.offset >= 0, !overflow, part.offset <= wanted.lowerBound, end >= wanted.upperBound, end <= totalSize
        else { throw Self.short }
        self.totalSize = totalSize
        range = part.offset..<end
        bytes = Array(part.bytes.readableBytesView)
    }

    /// The bytes of a range that is inside.
    subscript(part: Range<Int64>) -> [UInt8] {
        let start = Int(part.lowerBound - range.lowerBound)
        return Array(bytes[start..<(start + part.count)])
    }

    /// Fetches what is missing from `start` on.
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
