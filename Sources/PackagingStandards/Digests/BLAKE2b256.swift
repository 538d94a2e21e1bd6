import CBlake2
public import NIOCore

/// BLAKE2b with 256 bits of output (RFC 7693), as the upload API's `blake2_256_digest`.
///
/// A value: copies go their own way from where they were made.
public struct BLAKE2b256: Sendable {
    private var storage = Storage()

    /// The digest of a buffer's readable bytes, as 64 lowercase hexadecimal digits.
    ///
    /// Several times as fast as SHA-256 where the processor has no instructions for that one.
    public static func hexDigest(of buffer: ByteBuffer) -> String {
        var hash = BLAKE2b256()
        buffer.withUnsafeReadableBytes { hash.update($0) }
        return HexCoding.encode(hash.finalize())
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
        _ = blake2b_update(storage.state, start.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// The digest of all bytes so far; the hash may go on afterwards.
    func finalize() -> [UInt8] {
        let last = Storage(copying: storage)
        return [UInt8](unsafeUninitializedCapacity: 32) { output, count in
            _ = blake2b_final(last.state, output.baseAddress, 32)
            count = 32
        }
    }

    // Unchecked: the state is only written while `isKnownUniquelyReferenced` proves that one value holds it, or before
    // anybody else can see it. It lies on the heap because libb2 wants it aligned to 64 bytes.
    private final class Storage: @unchecked Sendable {
        let state: UnsafeMutablePointer<blake2b_state>
        private let memory: UnsafeMutableRawPointer

        init() {
            memory = .allocate(byteCount: MemoryLayout<blake2b_state>.size, alignment: 64)
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<blake2b_state>.size)
            state = memory.bindMemory(to: blake2b_state.self, capacity: 1)
            _ = blake2b_init(state, 32)
        }

        init(copying other: Storage) {
            memory = .allocate(byteCount: MemoryLayout<blake2b_state>.size, alignment: 64)
            memory.copyMemory(from: other.memory, byteCount: MemoryLayout<blake2b_state>.size)
            state = memory.bindMemory(to: blake2b_state.self, capacity: 1)
        }

        deinit { memory.deallocate() }
    }
}
