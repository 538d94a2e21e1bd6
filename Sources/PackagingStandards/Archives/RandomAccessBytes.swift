/// Bytes of which any range is available: a file, a part of a remote file, a test's array.
///
/// Calls block.
public protocol RandomAccessBytes {
    /// The number of bytes; does not change.
    var size: Int64 { get }

    /// Fills the buffer from `offset` on, as far as there are bytes available.
    ///
    /// - Returns: how many bytes were read: at least one, but at the end or for an empty buffer.
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

extension ArchiveError {
    static let shrunk = ArchiveError("the file became shorter while it was read", kind: .unreadable)

    /// Makes an `unreadable` error of what a source threw; an `ArchiveError` stays what it is.
    package init(unreadable error: any Error) {
        self = (error as? ArchiveError) ?? ArchiveError("the file could not be read: \(error)", kind: .unreadable)
    }
}
