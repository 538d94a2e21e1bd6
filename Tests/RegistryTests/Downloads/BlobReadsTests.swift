import LocalFiles
import NIOCore
import PackagingStandards
import RegistryTestSupport
import Testing

@testable import Registry

@Suite("Readers of one blob")
struct BlobReadsTests {
    private let gate = TestGate()
    private let stored = InMemoryStorage()
    private let blob = BlobName(digest: SHA256Digest(hashing: Array("bytes".utf8)), name: "a-1.0.tar.gz")

    private func text(_ object: OpenedObject?) -> String? {
        guard case .whole(let bytes)? = object else { return nil }
        return String(buffer: bytes)
    }

    @Test("share one trip to the storage if it is small")
    func shared() async throws {
        try await stored.put(ByteBuffer(string: "bytes"), at: .blob(blob))
        let reads = BlobReads(GatedStorage(base: stored, gate: gate), wholeUpTo: 100)
        try await withThrowingTaskGroup(of: OpenedObject?.self) { tasks in
            for _ in 0..<50 { tasks.addTask { try await reads.open(blob, size: 5) } }
            await gate.waitForArrivals(1)
            for _ in 0..<100 { await Task.yield() }
            gate.open()
            for try await object in tasks { #expect(text(object) == "bytes") }
        }
        // Whoever came after the first trip began a second one.
        #expect(gate.arrivals < 10)
    }

    @Test("have one each if it is large")
    func large() async throws {
        try await stored.put(ByteBuffer(string: "bytes"), at: .blob(blob))
        let reads = BlobReads(GatedStorage(base: stored, gate: gate), wholeUpTo: 100)
        gate.open()
        for _ in 0..<3 { _ = try await reads.open(blob, size: 101) }
        #expect(gate.arrivals == 3)
    }

    @Test("do not rely on a trip that began before the bytes were stored")
    func stale() async throws {
        let storage = GatedStorage(base: stored, gate: gate, looksFirst: true)
        let reads = BlobReads(storage, wholeUpTo: 100)
        async let early = reads.open(blob, size: 5)
        await gate.waitForArrivals(1)
        try await stored.put(ByteBuffer(string: "bytes"), at: .blob(blob))
        async let late = reads.open(blob, size: 5)
        for _ in 0..<100 { await Task.yield() }
        gate.open()
        for object in [try await early, try await late] { #expect(text(object) == "bytes") }
    }
}

/// A storage whose reads wait at a gate, before they look or after it.
private struct GatedStorage: Storage {
    let base: InMemoryStorage
    let gate: TestGate
    var looksFirst = false

    func open(_ key: StorageKey, wholeUpTo limit: Int) async throws -> OpenedObject? {
        let found = looksFirst ? try await base.open(key, wholeUpTo: limit) : nil
        try await gate.pass()
        return looksFirst ? found : try await base.open(key, wholeUpTo: limit)
    }

    func put(_ file: SpooledFile, at key: StorageKey) async throws { try await base.put(file, at: key) }
    func put(_ bytes: ByteBuffer, at key: StorageKey) async throws { try await base.put(bytes, at: key) }
    func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer? { try await base.get(key, limit: limit) }
    func size(of key: StorageKey) async throws -> Int64? { try await base.size(of: key) }
    func remove(_ key: StorageKey) async throws { try await base.remove(key) }
    func list(_ prefix: String, from cursor: StorageCursor?, limit: Int) async throws -> StoragePage {
        try await base.list(prefix, from: cursor, limit: limit)
    }
    func signedLink(to key: StorageKey, for duration: Duration) async throws -> String? { nil }
    func check() async throws {}
    func close() async {}
}
