/// A window that moves over bytes, so that headers and small entries next to each other cost one read together.
///
/// Owns its buffer; what it hands out is valid until the next call. Not `Sendable`: one thread at a time.
final class ByteWindow {
    private let source: any RandomAccessBytes
    private let buffer: UnsafeMutableRawBufferPointer
    private var start: Int64 = 0
    private var count = 0

    // The capacity must be at least the size of the largest local header (131,100 bytes).
    init(_ source: any RandomAccessBytes, capacity: Int = 512 * 1024) {
        self.source = source
        buffer = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { buffer.deallocate() }

    var size: Int64 { source.size }

    /// Some bytes from `offset` on: at least one, at most `limit`.
    ///
    /// - Throws: `ArchiveError` when there are none.
    func some(at offset: Int64, limit: Int64) throws(ArchiveError) -> UnsafeRawBufferPointer {
        if offset < start || offset >= start + Int64(count) { try fill(at: offset) }
        return slice(at: offset, limit: limit)
    }

    /// Exactly `wanted` bytes (no more than the capacity) from `offset` on.
    ///
    /// - Throws: `ArchiveError` when there are fewer.
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
