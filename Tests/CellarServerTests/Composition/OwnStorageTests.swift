import LocalFiles
import NIOCore
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import CellarServer

@Suite("A storage of one's own")
struct OwnStorageTests {
    private struct Failed: Error {}

    private let folder: TemporaryFolder
    private let storage = CountingStorage()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func installation(settings: String = "") throws -> Installation {
        Installation(
            configurationFile: try LiveServer.writeConfiguration(in: folder, settings: settings), environment: [:],
            console: RecordingConsole().console, adapters: .init(storage: { [storage] in storage }))
    }

    /// Opens the parts, as every command does, and makes the data if there are none.
    private func use(_ work: (Parts) async throws -> Void) async throws {
        let installation = try installation()
        try await Parts.using(
            installation.configuration(), adapters: installation.adapters, environment: [:],
            logger: RecordingLog().logger, work)
    }

    @Test("it is closed once, whether the work ends well or not")
    func closes() async throws {
        try await use { try await $0.registry.start() }
        #expect(storage.closings == 1)
        await #expect(throws: Failed.self) { try await use { _ in throw Failed() } }
        #expect(storage.closings == 2)
    }

    @Test("it is closed if a part that is opened after it fails")
    func closesAfterFailure() async throws {
        try TestFile.write("not a folder", to: "\(folder.path)/spool")
        let installation = try installation(settings: "spool_dir = \"\(folder.path)/spool\"")
        await #expect(throws: (any Error).self) {
            try await Parts.using(
                installation.configuration(), adapters: installation.adapters, environment: [:],
                logger: RecordingLog().logger
            ) { _ in }
        }
        #expect(storage.closings == 1)
    }
}

/// Keeps everything in memory, and counts how often it was closed.
private final class CountingStorage: Storage {
    private let base = InMemoryStorage()
    private let count = Mutex(0)

    var closings: Int { count.withLock { $0 } }

    func put(_ file: SpooledFile, at key: StorageKey) async throws { try await base.put(file, at: key) }
    func put(_ bytes: ByteBuffer, at key: StorageKey) async throws { try await base.put(bytes, at: key) }
    func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer? { try await base.get(key, limit: limit) }
    func open(_ key: StorageKey, wholeUpTo limit: Int) async throws -> OpenedObject? {
        try await base.open(key, wholeUpTo: limit)
    }
    func size(of key: StorageKey) async throws -> Int64? { try await base.size(of: key) }
    func remove(_ key: StorageKey) async throws { try await base.remove(key) }
    func list(_ prefix: String, from cursor: StorageCursor?, limit: Int) async throws -> StoragePage {
        try await base.list(prefix, from: cursor, limit: limit)
    }
    func signedLink(to key: StorageKey, for duration: Duration) async throws -> String? {
        try await base.signedLink(to: key, for: duration)
    }
    func check() async throws { try await base.check() }
    func close() async {
        count.withLock { $0 += 1 }
        await base.close()
    }
}
