public import NIOCore

/// Reads a wheel's METADATA out of a remote wheel, of which only the parts that are needed are fetched.
///
/// One range of the last ``tailSize`` bytes is enough for small wheels; then what is missing of the archive's directory,
/// then the entry, each only as far as it is not there already. The wheel is read as installers read it: one `.dist-info`
/// folder must belong to the file name and its METADATA must have the right size and CRC-32, whatever else is in the
/// archive. Nothing may be larger than the limits.
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

    /// The bytes of METADATA of a whole wheel, read in the same way. Blocks.
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

    /// The last bytes, as far as they are known and an end record may be among them.
    var tail: Range<Int64> {
        max(range.lowerBound, totalSize - Int64(InstallerZipEnd.tailLength))..<totalSize
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
