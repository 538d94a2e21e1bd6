import Glibc
public import NIOCore
import NIOPosix
public import Registry

extension StoredFile {
    /// The bytes of a range, or all of them: for tests, which hold files in memory.
    public func bytes(_ range: Range<Int64>? = nil) async throws -> ByteBuffer {
        let range = range ?? 0..<size
        switch contents {
        case .descriptor(let descriptor):
            return try await NIOThreadPool.singleton.runIfActive { try Self.read(range, of: descriptor) }
        case .stream(let open):
            var bytes = ByteBuffer()
            for try await var chunk in try await open(range) {
                bytes.writeBuffer(&chunk)
            }
            return bytes
        }
    }

    static func read(_ range: Range<Int64>, of descriptor: OpenFile) throws -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: range.count)
        try withExtendedLifetime(descriptor) {
            while bytes.readableBytes < range.count {
                let missing = range.count - bytes.readableBytes
                let offset = Int(range.lowerBound) + bytes.readableBytes
                let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { space in
                    max(0, pread(descriptor.number, space.baseAddress, missing, off_t(offset)))
                }
                if count == 0 { throw SystemError(EIO, "read past the end") }
            }
        }
        return bytes
    }
}

extension SpooledFile {
    /// All bytes of the spooled file: for tests, which hold files in memory.
    public func bytes() async throws -> ByteBuffer {
        try await NIOThreadPool.singleton.runIfActive { [path, size] in
            try StoredFile.read(0..<size, of: SystemCalls.system.open(path, O_RDONLY))
        }
    }
}
