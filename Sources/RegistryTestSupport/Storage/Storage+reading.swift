import Glibc
public import LocalFiles
public import NIOCore
import NIOPosix
import PackagingStandards
public import Registry

extension StoredFile {
    /// Returns the bytes of a range, or all of them: for tests, which hold files in memory.
    public func bytes(_ range: Range<Int64>? = nil) async throws -> ByteBuffer {
        let range = range ?? 0..<size
        switch contents {
        case .descriptor(let descriptor):
            let bytes = try await NIOThreadPool.singleton.runIfActive { try descriptor.read(range) }
            guard bytes.readableBytes == range.count else { throw SystemError(EIO, "read past the end") }
            return bytes
        case .stream(let open):
            var bytes = ByteBuffer()
            for try await var chunk in try await open(range) {
                bytes.writeBuffer(&chunk)
            }
            return bytes
        }
    }
}

extension OpenedObject {
    /// Returns all bytes: for tests, which hold files in memory.
    public func bytes() async throws -> ByteBuffer {
        switch self {
        case .whole(let bytes): bytes
        case .file(let file): try await file.bytes()
        }
    }
}

extension SpooledFile {
    /// Returns all bytes of the spooled file: for tests, which hold files in memory.
    ///
    /// - Throws: `RegistryError` `.internal` if they cannot be read.
    public func bytes() async throws -> ByteBuffer {
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                ByteBuffer(bytes: try self.read(at: 0, count: Int(self.size)))
            }
        } catch let error as ArchiveError {
            throw RegistryError(.internal, "The spooled file could not be read back.", cause: error)
        }
    }
}

extension Storage {
    /// Returns the keys that begin with a prefix, with their sizes: for tests, which hold all of them.
    public func objects(_ prefix: String = "") async throws -> [StoredObject] {
        var objects: [StoredObject] = []
        try await forEachPage(of: prefix) { objects += $0 }
        return objects
    }
}
