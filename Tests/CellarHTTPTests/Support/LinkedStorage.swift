import LocalFiles
import NIOCore
import Registry
import RegistryTestSupport

/// Keeps everything in memory, and has links, as a storage on another machine does.
struct LinkedStorage: Storage {
    private let storage = InMemoryStorage()

    func signedLink(to key: StorageKey, for duration: Duration) async throws -> String? {
        "https://store.example.com/\(key)?seconds=\(duration.components.seconds)"
    }

    func put(_ file: SpooledFile, at key: StorageKey) async throws { try await storage.put(file, at: key) }
    func put(_ bytes: ByteBuffer, at key: StorageKey) async throws { try await storage.put(bytes, at: key) }
    func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer? { try await storage.get(key, limit: limit) }
    func open(_ key: StorageKey, wholeUpTo limit: Int) async throws -> OpenedObject? {
        try await storage.open(key, wholeUpTo: limit)
    }
    func size(of key: StorageKey) async throws -> Int64? { try await storage.size(of: key) }
    func remove(_ key: StorageKey) async throws { try await storage.remove(key) }
    func list(_ prefix: String, from cursor: StorageCursor?, limit: Int) async throws -> StoragePage {
        try await storage.list(prefix, from: cursor, limit: limit)
    }
    func check() async throws {}
    func close() async {}
}
