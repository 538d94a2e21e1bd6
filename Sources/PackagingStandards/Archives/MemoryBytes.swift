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
        let wanted = min(Int64(buffer.count), max(0, size - offset))
        let first = offset - start
        guard offset >= start, first + wanted <= Int64(bytes.count) else {
            throw ArchiveError("bytes \(offset) to \(offset + wanted) were not fetched", kind: .unreadable)
        }
        buffer.copyBytes(from: bytes[Int(first)..<Int(first + wanted)])
        return Int(wanted)
    }
}
