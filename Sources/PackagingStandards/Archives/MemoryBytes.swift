/// Bytes in memory, which may be a part of something larger: the fetched range of a remote file.
public struct MemoryBytes: RandomAccessBytes, Sendable {
    public let size: Int64
    private let start: Int64
    private let bytes: [UInt8]

    /// All of the bytes there are.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        start = 0
        size = Int64(bytes.count)
    }

    /// The bytes from `start` on of something that is `size` bytes long; reading elsewhere throws.
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
