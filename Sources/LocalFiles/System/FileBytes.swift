public import PackagingStandards

/// The bytes of an open file, for those who read by offset; any number of threads may read at once.
public struct FileBytes: RandomAccessBytes, Sendable {
    public let size: Int64
    private let file: OpenFile

    /// Reads the first `size` bytes of a file that is open for reading.
    public init(_ file: OpenFile, size: Int64) {
        self.file = file
        self.size = size
    }

    public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try file.read(at: offset, into: buffer)
    }
}
