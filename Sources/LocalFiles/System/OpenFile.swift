import Glibc
public import NIOCore
public import PackagingStandards

/// An open file on this machine, closed when nothing holds it.
public final class OpenFile: Sendable {
    /// The operating system's descriptor; valid only while something holds this object (`withExtendedLifetime`).
    public let number: CInt

    /// Takes ownership of an open descriptor.
    public init(owning number: CInt) {
        self.number = number
    }

    deinit {
        close(number)
    }
}

extension OpenFile {
    /// Fills a buffer with the bytes from `offset` on. Blocks; any number of threads may read at once.
    ///
    /// - Returns: How many bytes were read: fewer than the buffer holds only at the end of the file.
    /// - Throws: `SystemError`.
    public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try withExtendedLifetime(self) {
            var done = 0
            while done < buffer.count {
                let start = buffer.baseAddress?.advanced(by: done)
                let count = pread(number, start, buffer.count - done, off_t(offset) + off_t(done))
                if count < 0 {
                    if errno == EINTR { continue }
                    throw SystemError(errno, "pread of \(buffer.count - done) bytes at \(offset + Int64(done))")
                }
                if count == 0 { break }
                done += count
            }
            return done
        }
    }

    /// Returns the bytes of a range, fewer only at the end of the file. Blocks; any number of threads may read at once.
    ///
    /// - Throws: `SystemError`.
    public func read(_ range: Range<Int64>) throws -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: range.count)
        try bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: range.count) { space in
            try read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: space.prefix(range.count)))
        }
        return bytes
    }
}

/// The bytes of an open file, read by offset; any number of threads may read at once.
public struct FileBytes: RandomAccessBytes, Sendable {
    public let size: Int64
    private let file: OpenFile

    /// Takes a file that is open for reading and has `size` bytes or more.
    public init(_ file: OpenFile, size: Int64) {
        self.file = file
        self.size = size
    }

    public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try file.read(at: offset, into: buffer)
    }
}
