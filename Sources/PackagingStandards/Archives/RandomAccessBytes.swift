/// Bytes of which any range can be had: a file, a part of a remote file, a test's array.
///
/// Calls block.
public protocol RandomAccessBytes {
    /// The number of bytes; does not change.
    var size: Int64 { get }

    /// Fills the buffer from `offset` on, as far as there are bytes.
    ///
    /// - Returns: how many bytes were read; fewer than the buffer takes only at the end.
    /// - Throws: whatever the source does when it cannot be read.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension RandomAccessBytes {
    /// Exactly `count` bytes from `offset` on; the range is checked before memory is taken.
    ///
    /// - Throws: `ArchiveError`, of kind `unreadable` if the source could not be read.
    public func read(at offset: Int64, count: Int) throws(ArchiveError) -> [UInt8] {
        let end = offset.addingReportingOverflow(Int64(count))
        guard offset >= 0, count >= 0, !end.overflow, end.partialValue <= size else {
            throw ArchiveError("the archive is cut short: \(count) bytes are missing at \(offset)")
        }
        do {
            return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                let target = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
                initialized = count == 0 ? 0 : try read(at: offset, into: target)
                guard initialized == count else { throw ArchiveError.shrunk }
            }
        } catch {
            throw ArchiveError(unreadable: error)
        }
    }
}

extension ArchiveError {
    static let shrunk = ArchiveError("the file became shorter while it was read", kind: .unreadable)

    /// A source's own error as an `unreadable` one; an `ArchiveError` stays what it is.
    init(unreadable error: any Error) {
        self = (error as? ArchiveError) ?? ArchiveError("the file could not be read: \(error)", kind: .unreadable)
    }
}
