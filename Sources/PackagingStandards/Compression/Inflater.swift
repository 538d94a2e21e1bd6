import CZlib

/// zlib's inflating stream, one block at a time; owns the stream's memory. One thread at a time.
final class Inflater {
    /// What is around the deflated bytes.
    enum Format {
        case raw
        case gzip
    }

    /// What one call did.
    struct Step {
        let consumed: Int
        let produced: Int
        /// Whether the deflated stream has ended; for gzip, the member, with the right checksum and length.
        let isFinished: Bool
    }

    // zlib keeps a pointer back to the stream, so its address must not change.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Opens a stream; nil if zlib has no memory.
    init?(format: Format) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let windowBits: Int32 = format == .raw ? -15 : 15 + 16
        guard inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Prepares for the next deflated stream.
    func reset() {
        inflateReset(stream)
    }

    /// Inflates as much as input and output allow; a step that neither consumes nor produces needs more of one of them.
    ///
    /// - Throws: `CompressionError.damaged`.
    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Step {
        let available = min(input.count, Int(UInt32.max))
        let room = min(output.count, Int(UInt32.max))
        // zlib never writes to its input, though its API takes a mutable pointer.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(available)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room)
        let status = CZlib.inflate(stream, Z_NO_FLUSH)
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw .damaged }
        return Step(
            consumed: available - Int(stream.pointee.avail_in), produced: room - Int(stream.pointee.avail_out),
            isFinished: status == Z_STREAM_END)
    }
}

/// The CRC-32 of ZIP and gzip.
struct CRC32 {
    private(set) var value: UInt32 = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        value = UInt32(
            truncatingIfNeeded: crc32_z(UInt(value), start.assumingMemoryBound(to: UInt8.self), bytes.count))
    }
}
