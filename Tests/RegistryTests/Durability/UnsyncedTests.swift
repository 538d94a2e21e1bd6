import FileStorage
import Glibc
import LocalFiles
import Logging
import NIOCore
import PackagingStandards
import RegistryTestSupport
import SQLDatabase
import Synchronization
import Testing

@testable import Registry

/// Small files that the database keeps until storage has synced them.
@Suite("Unsynced files")
struct UnsyncedTests {
    private let place: TestInstallation.Place
    private let disk: PowerCutFolder

    init() throws {
        place = try TestInstallation.Place()
        disk = PowerCutFolder(folder: place.filesFolder)
    }

    /// Opens the installation, which syncs only what it is asked to.
    private func open(
        calls: SystemCalls? = nil, starts: Bool = true, syncDelay: Duration = .seconds(3600)
    ) async throws -> TestInstallation {
        try await TestInstallation.open(place, calls: calls ?? disk.calls, starts: starts, syncDelay: syncDelay)
    }

    private func kept(_ installation: TestInstallation) async throws -> Int {
        try await installation.database.claimOutbox(limit: 200, now: .now()).count { entry in
            if case .keepBlob = entry.task { true } else { false }
        }
    }

    /// Opens the installation after a power cut, without its start, and returns what storage has of an upload.
    private func bytesAfterCut(_ upload: Upload, seed: UInt64 = 0) async throws -> ByteBuffer? {
        try disk.cut(seed: seed)
        let after = try await open(starts: false)
        let key = StorageKey.file(SHA256Digest(hashing: upload.bytes), upload.filename)
        let bytes = try await after.storage.get(key, limit: 1 << 20)
        await after.close()
        return bytes
    }

    @Test("are in the database until the outbox is carried out, and in storage from then on")
    func flush() async throws {
        let installation = try await open()
        let upload = try Upload("sample", "1.0")
        try await upload.publish(to: installation)
        #expect(try await kept(installation) == 2)
        try await installation.registry.outbox.flush()
        #expect(try await kept(installation) == 0)
        await installation.close()
        #expect(try await bytesAfterCut(upload) == ByteBuffer(bytes: upload.bytes))
    }

    @Test("are synced without anybody asking")
    func soon() async throws {
        let installation = try await open(syncDelay: Outbox.usualDelay)
        let upload = try Upload("sample", "1.0")
        try await upload.publish(to: installation)
        while try await kept(installation) > 0 { try await Task.sleep(for: .milliseconds(20)) }
        await installation.close()
        #expect(try await bytesAfterCut(upload) == ByteBuffer(bytes: upload.bytes))
    }

    @Test("are synced when their process ends, which does nothing to those of others")
    func finish() async throws {
        let (ours, theirs) = (try Upload("ours", "1.0"), try Upload("theirs", "1.0"))
        let killed = try await open()
        let installation = try await open()
        try await theirs.publish(to: killed)
        await killed.close()
        try await ours.publish(to: installation)
        #expect(try await kept(installation) == 4)
        try await installation.registry.outbox.finish()
        #expect(try await kept(installation) == 2)
        await installation.close()
        #expect(try await bytesAfterCut(ours) == ByteBuffer(bytes: ours.bytes))
    }

    @Test("of a process that was killed are stored again by the next one that carries out the outbox")
    func killed() async throws {
        let upload = try Upload("sample", "1.0")
        let killed = try await open()
        let other = try await open()
        try await upload.publish(to: killed)
        await killed.close()
        try await other.registry.outbox.flush()
        #expect(try await kept(other) == 0)
        await other.close()
        #expect(try await bytesAfterCut(upload) == ByteBuffer(bytes: upload.bytes))
    }

    @Test("are stored again if their sync fails, once the disk is well")
    func failingSync() async throws {
        let isBroken = Mutex(false)
        let real = disk.calls
        var calls = real
        calls.sync = { descriptor in
            if isBroken.withLock({ $0 }) { throw SystemError(EIO, "fsync") }
            try real.sync(descriptor)
        }
        let installation = try await open(calls: calls)
        let upload = try Upload("sample", "1.0")
        isBroken.withLock { $0 = true }
        try await upload.publish(to: installation)
        await #expect(throws: RegistryError.self) { try await installation.registry.outbox.flush() }
        #expect(try await kept(installation) == 2)
        isBroken.withLock { $0 = false }
        try await installation.registry.outbox.flush()
        #expect(try await kept(installation) == 0)
        await installation.close()
        #expect(try await bytesAfterCut(upload) == ByteBuffer(bytes: upload.bytes))
    }

    @Test("do not come back once they are purged", arguments: 0..<10 as Range<UInt64>)
    func purged(seed: UInt64) async throws {
        let installation = try await open()
        let (gone, stays) = (try Upload("sample", "1.0"), try Upload("sample", "2.0"))
        for upload in [gone, stays] { try await upload.publish(to: installation) }
        _ = try await installation.registry.management.purge(
            SHA256Digest(hashing: gone.bytes), caller: TestInstallation.administrator)
        await installation.close()
        #expect(try await bytesAfterCut(gone, seed: seed) == nil)
        let after = try await open()
        #expect(
            try await after.storage.get(.file(SHA256Digest(hashing: gone.bytes), gone.filename), limit: 1 << 20) == nil)
        try await after.expectPublished(stays)
        try await after.expectListedIsServed()
        await after.close()
    }

    @Test("that are stored again while they are removed go again")
    func removedMeanwhile() async throws {
        let installation = try await open()
        let upload = try Upload("sample", "1.0")
        try await upload.publish(to: installation)
        let digest = SHA256Digest(hashing: upload.bytes)
        let key = StorageKey.file(digest, upload.filename)
        // Another process has read the bytes, and stores them when they were just removed.
        let storage = PurgingStorage(base: installation.storage) {
            _ = try await installation.registry.management.purge(digest, caller: TestInstallation.administrator)
            #expect(try await installation.storage.size(of: key) == nil)
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let removal = BlobRemoval(
            database: installation.database, storage: installation.storage, clock: .system, logger: logger)
        let outbox = Outbox(
            database: installation.database, storage: storage, removal: removal, observer: .none, clock: .system)
        try await outbox.flush()
        let isDone = storage.isDone.load(ordering: .relaxed)
        #expect(isDone)
        #expect(try await installation.storage.size(of: key) == nil)
        await installation.close()
    }

    @Test("that are larger are synced before the answer")
    func large() async throws {
        let installation = try await open()
        let upload = try Upload(
            "sample", "1.0", headers: (0..<40).map { ("Keywords-\($0)", Self.noise(2000, seed: UInt64($0))) })
        #expect(upload.bytes.count > 65_536)
        try await upload.publish(to: installation)
        #expect(try await kept(installation) == 0)
        await installation.close()
        #expect(try await bytesAfterCut(upload) == ByteBuffer(bytes: upload.bytes))
    }

    /// Text that does not get smaller when it is compressed.
    private static func noise(_ count: Int, seed: UInt64) -> String {
        var generator = SeededGenerator(seed: seed)
        return String(decoding: (0..<count).map { _ in UInt8.random(in: 33...126, using: &generator) }, as: UTF8.self)
    }
}

/// Does something once, just before a blob is put.
private final class PurgingStorage: Storage {
    let base: any Storage
    let isDone = Atomic<Bool>(false)
    private let purge: @Sendable () async throws -> Void

    init(base: any Storage, purge: @escaping @Sendable () async throws -> Void) {
        self.base = base
        self.purge = purge
    }

    func put(_ bytes: ByteBuffer, at key: StorageKey) async throws {
        if key.blob != nil, !isDone.exchange(true, ordering: .relaxed) { try await purge() }
        try await base.put(bytes, at: key)
    }

    func put(_ file: SpooledFile, at key: StorageKey) async throws { try await base.put(file, at: key) }
    func open(_ key: StorageKey, wholeUpTo limit: Int) async throws -> OpenedObject? {
        try await base.open(key, wholeUpTo: limit)
    }
    func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer? { try await base.get(key, limit: limit) }
    func size(of key: StorageKey) async throws -> Int64? { try await base.size(of: key) }
    func remove(_ key: StorageKey) async throws { try await base.remove(key) }
    func list(_ prefix: String, from cursor: StorageCursor?, limit: Int) async throws -> StoragePage {
        try await base.list(prefix, from: cursor, limit: limit)
    }
    func signedLink(to key: StorageKey, for duration: Duration) async throws -> String? {
        try await base.signedLink(to: key, for: duration)
    }
    func check() async throws { try await base.check() }
    func close() async { await base.close() }
}
