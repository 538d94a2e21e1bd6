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

    public func open(_ key: StorageKey, wholeUpTo limit: Int) async throws -> OpenedObject? {
        guard let bytes = try find(key) else { return nil }
        guard bytes.readableBytes > limit else { return .whole(bytes) }
        return .file(
            StoredFile(size: Int64(bytes.readableBytes), contents: .stream { range in Self.stream(bytes, range) }))
    }

    public func size(of key: StorageKey) async throws -> Int64? {
        try find(key).map { Int64($0.readableBytes) }
    }

    public func remove(_ key: StorageKey) async throws {
        let name = try name(of: key)
        objects.withLock { _ = $0.removeValue(forKey: name) }
    }

    /// Lists a page; a cursor is the key after which it begins.
    public func list(_ prefix: String, from cursor: StorageCursor?, limit: Int) async throws -> StoragePage {
        let prefix = Array(prefix.utf8)
        let after = cursor.map { Array($0.text.utf8) } ?? []
        let found = objects.withLock { objects in
            objects.filter { $0.key.starts(with: prefix) && after.lexicographicallyPrecedes($0.key) }
        }
        let sorted = found.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        let page = sorted.prefix(min(max(limit, 1), StoragePage.maximumCount)).map { name, bytes in
            StoredObject(
                key: StorageKey(listed: String(decoding: name, as: UTF8.self)), size: Int64(bytes.readableBytes))
        }
        let isLast = page.count == sorted.count
        return StoragePage(
            objects: page, next: isLast ? nil : page.last.map { StorageCursor(text: $0.key.description) })
    }

    /// Returns nil: memory has no links that others could follow.
    public func signedLink(to key: StorageKey, for duration: Duration) async throws -> String? {
        try key.requireWellFormed()
        return nil
    }

    public func check() async throws {}

    public func close() async {}

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
