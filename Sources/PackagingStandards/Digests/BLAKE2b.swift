import CBlake2
public import NIOCore

/// A BLAKE2b hash (RFC 7693) with 256 bits of output, as the upload API's `blake2_256_digest`, or with 512.
///
/// The length is part of the hash: the shorter digest is not a prefix of the longer one. A copy is independent of its
/// original.
public struct BLAKE2b: Sendable {
    /// The size of a digest, in bytes.
    public enum Length: Int, Sendable {
        case bits256 = 32
        case bits512 = 64
    }

    private let length: Length
    private var storage: Storage

    public init(_ length: Length) {
        self.length = length
        storage = Storage(length)
    }

    /// Returns the 256-bit digest of a buffer's readable bytes, as 64 lowercase hexadecimal digits.
    ///
    /// Several times as fast as SHA-256 if the processor has no instructions for SHA-256.
    public static func hexDigest256(of buffer: ByteBuffer) -> String {
        var hash = BLAKE2b(.bits256)
        hash.update(buffer)
        return hash.hexDigest
    }

    /// Hashes the buffer's readable bytes, after those so far.
    public mutating func update(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { update($0) }
    }

    /// Hashes the bytes, after those so far.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of all bytes so far, in lowercase hexadecimal digits; more bytes may follow.
    public var hexDigest: String { HexCoding.encode(finalize()) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
        _ = blake2b_update(storage.state, start.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// Returns the digest of all bytes so far; more bytes may follow.
    func finalize() -> [UInt8] {
        let last = Storage(copying: storage)
        return [UInt8](unsafeUninitializedCapacity: length.rawValue) { output, count in
            _ = blake2b_final(last.state, output.baseAddress, length.rawValue)
            count = length.rawValue
        }
    }

    // Unchecked: the state is written only while `isKnownUniquelyReferenced` proves that one value holds it, or before
    // anything else can see it. It is on the heap because libb2 needs it aligned to 64 bytes.
    private final class Storage: @unchecked Sendable {
        let state: UnsafeMutablePointer<blake2b_state>
        private let memory: UnsafeMutableRawPointer

        init(_ length: Length) {
            memory = .allocate(byteCount: MemoryLayout<blake2b_state>.size, alignment: 64)
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<blake2b_state>.size)
            state = memory.bindMemory(to: blake2b_state.self, capacity: 1)
            _ = blake2b_init(state, length.rawValue)
        }

        init(copying other: Storage) {
            memory = .allocate(byteCount: MemoryLayout<blake2b_state>.size, alignment: 64)
            memory.copyMemory(from: other.memory, byteCount: MemoryLayout<blake2b_state>.size)
            state = memory.bindMemory(to: blake2b_state.self, capacity: 1)
        }

        deinit { memory.deallocate() }
    }
}
