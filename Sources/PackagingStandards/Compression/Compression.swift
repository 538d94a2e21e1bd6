import CZlib
import CZstd
public import NIOCore

/// Compression and expansion of whole bodies in memory, for pages and small files. Blocks.
public enum Compression {
    /// Returns a gzip member (RFC 1952) without name and time, so that equal bytes make equal members.
    ///
    /// - Parameters:
    ///   - buffer: the bytes to compress, at most 4 GiB.
    ///   - level: 1 (fast) to 9 (small).
    /// - Returns: the compressed bytes.
    /// - Throws: `CompressionError.failed`.
    public static func gzip(_ buffer: ByteBuffer, level: Int) throws -> ByteBuffer {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer {
            deflateEnd(stream)
            stream.deallocate()
        }
        let opened = deflateInit2_(
            stream, Int32(clamping: level), Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK, buffer.readableBytes <= Int(UInt32.max) else {
            throw CompressionError.failed("zlib answered \(opened)")
        }
        let bound = Int(deflateBound(stream, UInt(buffer.readableBytes)))
        var output = ByteBuffer()
        let status = buffer.withUnsafeReadableBytes { input in
            // zlib never writes to its input, though its API takes a mutable pointer.
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(input.count)
            return output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound, storing: Int32(Z_OK)) { target in
                stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(clamping: target.count)
                let status = deflate(stream, Z_FINISH)
                return (status, Int(stream.pointee.total_out))
            }
        }
        guard status == Z_STREAM_END else { throw CompressionError.failed("zlib answered \(status)") }
        return output
    }

    /// Returns a Zstandard frame (RFC 8878).
    ///
    /// - Parameters:
    ///   - buffer: the bytes to compress.
    ///   - level: 1 (fast) to 19 (small).
    /// - Returns: the compressed bytes.
    /// - Throws: `CompressionError.failed`.
    public static func zstd(_ buffer: ByteBuffer, level: Int) throws -> ByteBuffer {
        let bound = ZSTD_compressBound(buffer.readableBytes)
        var output = ByteBuffer()
        let result = buffer.withUnsafeReadableBytes { input in
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound, storing: 0) { target in
                let result = ZSTD_compress(
                    target.baseAddress, target.count, input.baseAddress, input.count, Int32(clamping: level))
                return (result, ZSTD_isError(result) == 0 ? result : 0)
            }
        }
        guard ZSTD_isError(result) == 0 else {
            throw CompressionError.failed(String(cString: ZSTD_getErrorName(result)))
        }
        return output
    }

    /// Returns what the gzip members in the buffer hold, and never makes more than `limit` bytes.
    ///
    /// - Throws: `CompressionError.damaged`, `CompressionError.tooLarge`.
    public static func gunzip(_ buffer: ByteBuffer, limit: Int) throws -> ByteBuffer {
        guard let inflater = Inflater(format: .gzip) else { throw CompressionError.failed("zlib has no memory") }
        var output = ByteBuffer()
        var input = buffer
        repeat {
            inflater.reset()
            var step = Inflater.Step(consumed: 0, produced: 0, isFinished: false)
            repeat {
                // One byte more than allowed shows whether there is more.
                let room = min(limit - output.readableBytes, 256 * 1024 - 1) + 1
                step = try input.withUnsafeReadableBytes { bytes in
                    try output.writeWithUnsafeMutableBytes(minimumWritableBytes: room, into: room) { target in
                        try inflater.inflate(bytes, into: target)
                    }
                }
                input.moveReaderIndex(forwardBy: step.consumed)
                guard output.readableBytes <= limit else { throw CompressionError.tooLarge(limit: limit) }
                guard step.isFinished || step.consumed > 0 || step.produced > 0 else { throw CompressionError.damaged }
            } while !step.isFinished
        } while input.readableBytes > 0
        return output
    }

    /// Returns what the Zstandard frame in the buffer holds, and never makes more than `limit` bytes.
    ///
    /// - Throws: `CompressionError.damaged`, `CompressionError.tooLarge`.
    public static func unzstd(_ buffer: ByteBuffer, limit: Int) throws -> ByteBuffer {
        // The declared size is used for the allocation only if it is within the limit.
        let declared = buffer.withUnsafeReadableBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        guard declared < UInt64.max - 1 else { throw CompressionError.damaged }
        guard declared <= UInt64(clamping: limit) else { throw CompressionError.tooLarge(limit: limit) }
        var output = ByteBuffer()
        let result = buffer.withUnsafeReadableBytes { input in
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(declared), storing: 0) { target in
                let result = ZSTD_decompress(target.baseAddress, target.count, input.baseAddress, input.count)
                return (result, ZSTD_isError(result) == 0 ? result : 0)
            }
        }
        guard ZSTD_isError(result) == 0 else { throw CompressionError.damaged }
        return output
    }
}

extension ByteBuffer {
    // `writeWithUnsafeMutableBytes` returns only the count; these return the closure's own result too.
    fileprivate mutating func writeWithUnsafeMutableBytes<Answer>(
        minimumWritableBytes: Int, storing initial: Answer, _ body: (UnsafeMutableRawBufferPointer) -> (Answer, Int)
    ) -> Answer {
        var answer = initial
        writeWithUnsafeMutableBytes(minimumWritableBytes: minimumWritableBytes) { target in
            let (value, count) = body(target)
            answer = value
            return count
        }
        return answer
    }

    fileprivate mutating func writeWithUnsafeMutableBytes(
        minimumWritableBytes: Int, into room: Int,
        _ body: (UnsafeMutableRawBufferPointer) throws -> Inflater.Step
    ) throws -> Inflater.Step {
        var step = Inflater.Step(consumed: 0, produced: 0, isFinished: false)
        try writeWithUnsafeMutableBytes(minimumWritableBytes: minimumWritableBytes) { target in
            step = try body(UnsafeMutableRawBufferPointer(rebasing: target.prefix(room)))
            return step.produced
        }
        return step
    }
}

/// Why bytes could not be compressed or expanded.
public enum CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The compressed bytes are damaged, cut short, or followed by other bytes.
    case damaged
    /// The compressed bytes hold more than the caller allows.
    case tooLarge(limit: Int)
    /// The library refused (an unknown level, no memory), with this text.
    case failed(String)

    public var description: String {
        switch self {
        case .damaged: "the compressed bytes are damaged or cut short"
        case .tooLarge(let limit): "the compressed bytes hold more than \(limit) bytes"
        case .failed(let reason): "compression failed: \(reason)"
        }
    }
}
