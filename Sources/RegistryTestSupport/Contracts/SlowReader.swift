import NIOCore
import PackagingStandards

/// Bytes that are no local file, read in small pieces, which may end too early.
struct SlowReader: RandomAccessBytes, Sendable {
    /// What goes wrong half way.
    enum Fault: Error, Sendable {
        case ends
        case fails
    }

    let size: Int64
    private let bytes: ByteBuffer
    private let fault: Fault?

    init(_ bytes: ByteBuffer, fault: Fault? = nil) {
        self.bytes = bytes
        self.fault = fault
        size = Int64(bytes.readableBytes)
    }

    /// The digests of all bytes.
    var digests: FileDigests {
        var hasher = FileHasher()
        hasher.update(bytes)
        return hasher.finalize()
    }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let fault, offset >= size / 2 {
            if fault == .fails { throw fault }
            return 0
        }
        let count = Int(min(Int64(min(buffer.count, 10_007)), size - offset))
        guard count > 0, let part = bytes.getSlice(at: bytes.readerIndex + Int(offset), length: count) else { return 0 }
        part.withUnsafeReadableBytes { buffer.copyMemory(from: $0) }
        return count
    }
}
