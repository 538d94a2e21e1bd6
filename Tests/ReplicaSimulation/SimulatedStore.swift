import LocalFiles
import NIOCore
import PackagingStandards
import Registry

/// The one store of all replicas: each write happens at one moment, some time after it was asked for.
final class SimulatedBucket: @unchecked Sendable {
    fileprivate var objects: [String: ByteBuffer] = [:]
    let bug: Bug?

    init(bug: Bug?) {
        self.bug = bug
    }

    /// All keys with their bytes, without any replica.
    var contents: [String: ByteBuffer] { objects }
}

/// A replica's way to the store.
struct SimulatedStore: Storage {
    let bucket: SimulatedBucket
    let link: Link
    /// The longest that a write takes: rarely longer than a lease.
    let longestWrite: Int64

    func put(_ file: SpooledFile, at key: StorageKey) async throws {
        try await put(ByteBuffer(bytes: try file.read(at: 0, count: Int(file.size))), at: key)
    }

    func put(_ bytes: ByteBuffer, at key: StorageKey) async throws {
        let name = key.description
        if bucket.bug == .hastyStore {
            link.world.after(2_000_000) { if link.isAlive { bucket.objects[name] = bytes } }
            return try await link.call {}
        }
        try await link.call(lasting: longestWrite) { bucket.objects[name] = bytes }
    }

    func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer? {
        try await link.call { bucket.objects[key.description] }
    }

    func open(_ key: StorageKey, wholeUpTo limit: Int) async throws -> OpenedObject? {
        try await link.call { bucket.objects[key.description].map { .whole($0) } }
    }

    func size(of key: StorageKey) async throws -> Int64? {
        try await link.call { bucket.objects[key.description].map { Int64($0.readableBytes) } }
    }

    func remove(_ key: StorageKey) async throws {
        try await link.call(lasting: longestWrite) { bucket.objects[key.description] = nil }
    }

    func list(_ prefix: String, from cursor: StorageCursor?, limit: Int) async throws -> StoragePage {
        try await link.call {
            let keys = bucket.objects.keys.filter { $0.hasPrefix(prefix) && $0 > (cursor?.text ?? "") }.sorted()
            // Short pages, so that much happens between them.
            let page = keys.prefix(min(limit, 4)).map {
                StoredObject(key: StorageKey(listed: $0), size: Int64(bucket.objects[$0]?.readableBytes ?? 0))
            }
            let isLast = page.count == keys.count
            return StoragePage(
                objects: page, next: isLast ? nil : page.last.map { StorageCursor(text: $0.key.description) })
        }
    }

    func signedLink(to key: StorageKey, for duration: Duration) async throws -> String? { nil }

    func check() async throws {}

    func close() async {}
}
