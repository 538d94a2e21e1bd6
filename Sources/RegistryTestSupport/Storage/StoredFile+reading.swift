import Glibc
public import LocalFiles
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
        let bytes = try descriptor.read(range)
        guard bytes.readableBytes == range.count else { throw SystemError(EIO, "read past the end") }
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
