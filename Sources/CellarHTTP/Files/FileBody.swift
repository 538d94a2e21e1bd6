import Glibc
import Hummingbird
import NIOCore
import NIOPosix
import Registry

/// The bytes of an open file as a response body, read in blocks where they block nobody.
struct FileBody: Sendable {
    /// Bytes of a block.
    private static let blockSize: Int64 = 1 << 20

    let threads: NIOThreadPool

    /// The body of a range of a file.
    func body(of contents: FileCache.Entry.Contents, range: Range<Int64>) -> ResponseBody {
        switch contents {
        case .bytes(let bytes):
            let part = bytes.getSlice(at: bytes.readerIndex + Int(range.lowerBound), length: range.count)
            return ResponseBody(byteBuffer: part ?? ByteBuffer())
        case .stored(let file):
            return body(of: file, range: range)
        }
    }

    private func body(of file: StoredFile, range: Range<Int64>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            switch file.contents {
            case .descriptor(let descriptor):
                var offset = range.lowerBound
                while offset < range.upperBound {
                    let count = min(Self.blockSize, range.upperBound - offset)
                    let block = try await threads.runIfActive { [offset] in
                        try Self.read(descriptor, at: offset, count: Int(count))
                    }
                    offset += Int64(block.readableBytes)
                    try await writer.write(block)
                }
            case .stream(let open):
                for try await block in try await open(range) { try await writer.write(block) }
            }
            try await writer.finish(nil)
        }
    }

    /// Reads up to `count` bytes, at least one; throws at the end of the file, which is shorter than it was.
    private static func read(_ descriptor: OpenFile, at offset: Int64, count: Int) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        var failure: CInt = 0
        let length = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            while true {
                let length = pread(descriptor.number, target.baseAddress, min(count, target.count), off_t(offset))
                if length >= 0 { return length }
                guard errno == EINTR else {
                    failure = errno
                    return 0
                }
            }
        }
        guard length > 0 else {
            throw IOError(errnoCode: failure, reason: "reading a stored file")
        }
        return buffer
    }
}
