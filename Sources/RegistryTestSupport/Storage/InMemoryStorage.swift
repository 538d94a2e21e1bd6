public import LocalFiles
public import NIOCore
public import Registry
import Synchronization

/// Keeps everything in memory: for tests, and as the smallest example of a storage.
public final class InMemoryStorage: Storage {
    // By the bytes of the keys: texts that Unicode holds equal are different keys.
    private let objects = Mutex<[[UInt8]: ByteBuffer]>([:])

    /// Makes an empty storage.
    public init() {}

    public func put(_ file: SpooledFile, at key: StorageKey) async throws {
        try await put(file.bytes(), at: key)
    }

    public func put(_ bytes: ByteBuffer, at key: StorageKey) async throws {
        let name = try name(of: key)
        try Task.checkCancellation()
        objects.withLock { $0[name] = bytes }
    }

    public func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer? {
        guard let bytes = try find(key) else { return nil }
        guard bytes.readableBytes <= limit else {
            throw RegistryError(.internal, "Something in the server's storage is larger than it can be.")
        }
        return bytes
    }

    public func open(_ key: StorageKey) async throws -> StoredFile? {
        try find(key).map { bytes in
            StoredFile(size: Int64(bytes.readableBytes), contents: .stream { range in Self.stream(bytes, range) })
        }
    }

    public func size(of key: StorageKey) async throws -> Int64? {
        try find(key).map { Int64($0.readableBytes) }
    }

    public func remove(_ key: StorageKey) async throws {
        let name = try name(of: key)
        objects.withLock { _ = $0.removeValue(forKey: name) }
    }

    public func list(_ prefix: String, after: StorageKey?, limit: Int) async throws -> [StoredObject] {
        let prefix = Array(prefix.utf8)
        let after = after.map { Array($0.description.utf8) } ?? []
        let found = objects.withLock { objects in
            objects.filter { $0.key.starts(with: prefix) && after.lexicographicallyPrecedes($0.key) }
        }
        return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.prefix(max(limit, 0)).map { name, bytes in
            StoredObject(
                key: StorageKey(listed: String(decoding: name, as: UTF8.self)), size: Int64(bytes.readableBytes))
        }
    }

    public func check() async throws {}

    private func find(_ key: StorageKey) throws -> ByteBuffer? {
        let name = try name(of: key)
        return objects.withLock { $0[name] }
    }

    private func name(of key: StorageKey) throws -> [UInt8] {
        try key.requireWellFormed()
        return Array(key.description.utf8)
    }

    private static func stream(_ bytes: ByteBuffer, _ range: Range<Int64>) -> AsyncThrowingStream<ByteBuffer, any Error>
    {
        AsyncThrowingStream { continuation in
            var rest =
                bytes.getSlice(at: bytes.readerIndex + Int(range.lowerBound), length: range.count) ?? ByteBuffer()
            while let chunk = rest.readSlice(length: min(rest.readableBytes, 64 * 1024)), chunk.readableBytes > 0 {
                continuation.yield(chunk)
            }
            continuation.finish()
        }
    }
}
