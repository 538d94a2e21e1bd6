#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file's bytes, read with `pread`; any number of threads may read at once.
public final class FileBytes: RandomAccessBytes, Sendable {
    public let size: Int64
    private let descriptor: Int32
    private let ownsDescriptor: Bool

    /// Opens the file for reading; closes it at the end of this object's life.
    ///
    /// - Throws: `ArchiveError` of kind `unreadable`.
    public convenience init(path: String) throws(ArchiveError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ArchiveError(unreadable: Failure(call: "open", code: errno)) }
        try self.init(descriptor: descriptor, owned: true)
    }

    /// Reads an open file that the caller closes, not before the last read.
    ///
    /// - Throws: `ArchiveError` of kind `unreadable`.
    public convenience init(borrowing descriptor: Int32) throws(ArchiveError) {
        try self.init(descriptor: descriptor, owned: false)
    }

    private init(descriptor: Int32, owned: Bool) throws(ArchiveError) {
        self.descriptor = descriptor
        ownsDescriptor = owned
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let failure = Failure(call: "fstat", code: errno)
            if owned { close(descriptor) }
            throw ArchiveError(unreadable: failure)
        }
        size = Int64(status.st_size)
    }

    deinit {
        if ownsDescriptor { close(descriptor) }
    }

    public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset) + off_t(done))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Failure(call: "pread", code: errno) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    private struct Failure: Error, CustomStringConvertible {
        let call: String
        let code: Int32
        var description: String { "\(call): \(String(cString: strerror(code)))" }
    }
}
