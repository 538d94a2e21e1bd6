/// Bytes of which any range can be read: a file, a part of a remote file, an array in a test.
///
/// Calls block.
public protocol RandomAccessBytes {
    /// The number of bytes, which does not change.
    var size: Int64 { get }

    /// Fills the buffer with the bytes from `offset` on, or as many as are available.
    ///
    /// - Returns: how many bytes were read: 0 only at the end or for an empty buffer.
    /// - Throws: the source's error if it cannot be read.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension RandomAccessBytes {
    /// Returns exactly `count` bytes from `offset` on, and checks the range before it allocates memory.
    ///
    /// - Throws: `ArchiveError`, of kind `unreadable` if the source could not be read.
    public func read(at offset: Int64, count: Int) throws(ArchiveError) -> [UInt8] {
        let end = offset.addingReportingOverflow(Int64(count))
        guard offset >= 0, count >= 0, !end.overflow, end.partialValue <= size else {
            throw ArchiveError("the archive is cut short: \(count) bytes are missing at \(offset)")
        }
        do {
            return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                let target = UnsafeMutableRawBufferPointer(buffer)
                while initialized < count {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: target[initialized..<count])
                    let done = try read(at: offset + Int64(initialized), into: rest)
                    guard done > 0 else { throw ArchiveError.shrunk }
                    initialized += done
                }
            }
        } catch {
            throw ArchiveError(unreadable: error)
        }
    }
}

/// Bytes in memory: all there are, or a part of something larger, such as a fetched range of a remote file.
public struct MemoryBytes: RandomAccessBytes, Sendable {
    public let size: Int64
    private let start: Int64
    private let bytes: [UInt8]

    /// Takes all of the bytes.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        start = 0
        size = Int64(bytes.count)
    }

    /// Takes the bytes from `start` on of something that is `size` bytes long; reading elsewhere throws.
    public init(_ bytes: [UInt8], at start: Int64, of size: Int64) {
        self.bytes = bytes
        self.start = start
        self.size = size
    }

    public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if offset >= size || buffer.isEmpty { return 0 }
        guard offset >= start, offset - start < Int64(bytes.count) else {
            throw ArchiveError("the bytes at \(offset) were not fetched", kind: .unreadable)
        }
        let first = Int(offset - start)
        let count = min(buffer.count, bytes.count - first)
        buffer.copyBytes(from: bytes[first..<(first + count)])
        return count
    }
}

/// A window that moves over bytes, so that headers and small entries next to each other cost one read together.
///
/// It owns its buffer: what it returns is valid until the next call. One thread at a time.
final class ByteWindow {
    private let source: any RandomAccessBytes
    private let buffer: UnsafeMutableRawBufferPointer
    private var start: Int64 = 0
    private var count = 0

    // The capacity must hold the largest local header (131,100 bytes).
    init(_ source: any RandomAccessBytes, capacity: Int = 512 * 1024) {
        self.source = source
        buffer = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { buffer.deallocate() }

    var size: Int64 { source.size }

    /// Returns bytes from `offset` on: at least one, at most `limit`.
    ///
    /// - Throws: `ArchiveError` if there are none.
    func some(at offset: Int64, limit: Int64) throws(ArchiveError) -> UnsafeRawBufferPointer {
        if offset < start || offset >= start + Int64(count) { try fill(at: offset) }
        return slice(at: offset, limit: limit)
    }

    /// Returns exactly `wanted` bytes, at most the capacity, from `offset` on.
    ///
    /// - Throws: `ArchiveError` if there are fewer.
    func exactly(_ wanted: Int, at offset: Int64) throws(ArchiveError) -> UnsafeRawBufferPointer {
        if offset < start || offset + Int64(wanted) > start + Int64(count) { try fill(at: offset) }
        let bytes = slice(at: offset, limit: Int64(wanted))
        guard bytes.count == wanted else { throw ArchiveError("the archive is cut short at \(offset)") }
        return bytes
    }

    private func fill(at offset: Int64) throws(ArchiveError) {
        guard offset >= 0, offset < source.size else { throw ArchiveError("the archive is cut short at \(offset)") }
        count = 0
        start = offset
        let wanted = min(Int64(buffer.count), source.size - offset)
        do {
            count = try source.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(wanted)]))
        } catch {
            throw ArchiveError(unreadable: error)
        }
        guard count > 0 else { throw ArchiveError.shrunk }
    }

    private func slice(at offset: Int64, limit: Int64) -> UnsafeRawBufferPointer {
        let first = Int(offset - start)
        let length = Int(min(limit, Int64(count - first)))
        return UnsafeRawBufferPointer(rebasing: buffer[first..<(first + length)])
    }
}
