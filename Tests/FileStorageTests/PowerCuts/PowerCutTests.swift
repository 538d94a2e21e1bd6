import FileStorage
import Glibc
import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

/// Storage on a disk that loses its power: what was answered is there, what was not is whole or as it was.
@Suite("Power cuts")
struct PowerCutTests {
    private let folder: TemporaryFolder
    private let disk: PowerCutFolder

    init() throws {
        folder = try TemporaryFolder()
        disk = PowerCutFolder(folder: folder.path)
    }

    private func storage(calls: SystemCalls? = nil) throws -> FileStorage {
        try FileStorage(path: folder.path + "/files", threads: .singleton, calls: calls ?? disk.calls)
    }

    private func spool() throws -> Spool {
        let spool = Spool(path: folder.path + "/spool", capacity: 8 << 20, threads: .singleton, calls: disk.calls)
        try spool.open()
        return spool
    }

    private static func bytes(_ seed: UInt64) -> ByteBuffer {
        var generator = SeededGenerator(seed: seed)
        return ByteBuffer(
            bytes: (0..<Int.random(in: 0..<300, using: &generator)).map { _ in generator.next() as UInt8 })
    }

    @Test(
        "a power cut at any call of a put leaves what was answered, and the put whole or not at all",
        arguments: 0..<60)
    func anyCall(callsLeft: Int) async throws {
        let answered = StorageKey(listed: "files/aa/bb/one/a-1.whl")
        let overwritten = StorageKey(listed: "files/aa/bb/two/a-1.whl")
        var storage = try storage()
        try await storage.put(Self.bytes(1), at: answered)
        try await storage.put(Self.bytes(2), at: overwritten)
        disk.stop(afterCalls: callsLeft)

        let spool = try? spool()
        var spooled: StorageKey?
        let first = await result { try await storage.put(Self.bytes(3), at: overwritten) }
        let second = await result {
            guard let writer = try await spool?.begin(maxSize: 1 << 20) else { throw CancellationError() }
            try await writer.write(Self.bytes(4))
            let file = try await writer.finish()
            spooled = .file(file.digests.sha256, "b-1.whl")
            try await storage.put(file, at: .file(file.digests.sha256, "b-1.whl"))
        }
        try disk.cut(seed: UInt64(callsLeft))
        storage = try self.storage()

        #expect(try await storage.get(answered, limit: 10_000) == Self.bytes(1))
        let found = try await storage.get(overwritten, limit: 10_000)
        #expect(found == Self.bytes(3) || (!first && found == Self.bytes(2)))
        if let spooled {
            let found = try await storage.get(spooled, limit: 10_000)
            #expect(found == Self.bytes(4) || (!second && found == nil))
        }
        #expect(try await storage.objects().count <= 3)
    }

    @Test(
        "any sequence of puts and removes, beside each other and cut at any time, loses nothing answered",
        arguments: 0..<30 as Range<UInt64>)
    func anySequence(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let known = KnownContents()
        for _ in 0..<3 {
            let storage = try storage()
            disk.stop(afterCalls: Int.random(in: 0..<400, using: &generator))
            let seeds = (0..<4).map { _ in generator.next() as UInt64 }
            await withTaskGroup(of: Void.self) { group in
                for (worker, seed) in seeds.enumerated() {
                    group.addTask { await Self.work(worker, seed: seed, on: storage, known: known) }
                }
            }
            try disk.cut(seed: generator.next())
            let restarted = try self.storage()
            for (key, possible) in known.all {
                let found = try await restarted.get(key, limit: 10_000)
                #expect(possible.contains(found), "\(key) has \(found?.readableBytes ?? -1) bytes, seed \(seed)")
                known.settle(key, found)
            }
            for object in try await restarted.objects() {
                #expect(known.all[object.key] != nil, "\(object.key) was never put")
            }
        }
    }

    @Test(
        "a removal lasts, though another one removes the folder as empty, and a put makes it again",
        arguments: 0..<40 as Range<UInt64>, [false, true])
    func folderRemoved(seed: UInt64, isMadeAgain: Bool) async throws {
        let key = StorageKey(listed: "files/a/1")
        let parent = folder.path + "/files/files/a"
        let real = disk.calls
        var calls = real
        calls.unlink = { folder, name in
            try real.unlink(folder, name)
            guard name == "1" || name == key.description else { return }
            // Another removal that has synced the folder before.
            try real.removeFolder(AT_FDCWD, parent)
            if isMadeAgain { try real.makeFolder(AT_FDCWD, parent, 0o700) }
        }
        let storage = try self.storage(calls: calls)
        try await storage.put(Self.bytes(1), at: key)
        try await storage.remove(key)
        try disk.cut(seed: seed)
        #expect(try await self.storage().get(key, limit: 10_000) == nil)
    }

    @Test(
        "a removal lasts that found the folder removed by a process that died", arguments: 0..<20 as Range<UInt64>)
    func folderGone(seed: UInt64) async throws {
        let key = StorageKey(listed: "files/a/1")
        let storage = try self.storage()
        try await storage.put(Self.bytes(1), at: key)
        let parent = folder.path + "/files/files/a"
        try disk.calls.unlink(AT_FDCWD, parent + "/1")
        try disk.calls.removeFolder(AT_FDCWD, parent)
        try await storage.remove(key)
        try disk.cut(seed: seed)
        #expect(try await self.storage().get(key, limit: 10_000) == nil)
    }

    /// Puts and removes until the power is cut. Workers share folders, but no keys.
    private static func work(
        _ worker: Int, seed: UInt64, on storage: FileStorage, known: KnownContents
    ) async {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<12 {
            let folder = Int.random(in: 0..<3, using: &generator)
            let key = StorageKey(listed: "files/a\(folder)/\(folder)/\(worker)")
            let isPut = Int.random(in: 0..<3, using: &generator) > 0
            let bytes = isPut ? Self.bytes(generator.next()) : nil
            known.attempt(key, bytes)
            do {
                if let bytes { try await storage.put(bytes, at: key) } else { try await storage.remove(key) }
                known.settle(key, bytes)
            } catch {
                return
            }
        }
    }

    @Test("of many puts at the same time, those that were answered are whole", arguments: 0..<40)
    func batches(number: Int) async throws {
        let storage = try storage()
        disk.stop(afterCalls: number * 12)
        let answered = await withTaskGroup(of: [StorageKey: ByteBuffer]?.self) { group in
            for worker in 0..<20 as Range<UInt64> {
                let contents = [
                    StorageKey(listed: "files/a/\(worker % 5)/\(worker)/one"): Self.bytes(worker),
                    StorageKey(listed: "files/b/\(worker)/two"): Self.bytes(worker + 100),
                ]
                group.addTask {
                    do {
                        try await storage.put(contents.map { NewObject($0.value, at: $0.key) })
                        return contents
                    } catch {
                        return nil
                    }
                }
            }
            return await group.reduce(into: [:]) { $0.merge($1 ?? [:]) { first, _ in first } }
        }
        try disk.cut(seed: UInt64(number))
        let restarted = try self.storage()
        for (key, bytes) in answered { #expect(try await restarted.get(key, limit: 10_000) == bytes, "\(key)") }
    }

    /// Small blobs, whose keys follow from their bytes.
    private static func blobs(_ count: Int, seed: UInt64) -> [NewObject] {
        (0..<UInt64(count)).map { number in
            let bytes = bytes(seed * 1000 + number)
            return NewObject(bytes, at: .file(SHA256Digest(hashing: bytes), "a-\(number).whl"))
        }
    }

    private func disk(isSyncedAsWhole: Bool) -> PowerCutFolder {
        PowerCutFolder(folder: folder.path, canSyncSystem: isSyncedAsWhole)
    }

    @Test(
        "what was put unsynced is durable once it is synced, few files or many",
        arguments: [1, 3, 40], [(true, 0), (true, 1), (false, 0), (false, 1)] as [(Bool, UInt64)])
    func unsynced(count: Int, how: (isSyncedAsWhole: Bool, seed: UInt64)) async throws {
        let disk = disk(isSyncedAsWhole: how.isSyncedAsWhole)
        let storage = try storage(calls: disk.calls)
        let objects = Self.blobs(count, seed: how.seed)
        #expect(try await storage.putUnsynced(objects))
        try await storage.sync(objects.map(\.key))
        try disk.cut(seed: how.seed)
        let after = try self.storage(calls: disk.calls)
        for object in objects {
            guard case .bytes(let bytes) = object.contents else { continue }
            #expect(try await after.get(object.key, limit: 10_000) == bytes)
        }
    }

    @Test("what was not synced may be lost or torn, and is whole when it is put again", arguments: [false, true])
    func torn(isSpooled: Bool) async throws {
        var (losses, torn) = (0, 0)
        for seed in 0..<40 as Range<UInt64> {
            let objects = Self.blobs(3, seed: seed)
            #expect(try await storage().putUnsynced(objects))
            try disk.cut(seed: seed)
            let after = try self.storage()
            for object in objects {
                guard case .bytes(let bytes) = object.contents else { continue }
                let found = try await after.get(object.key, limit: 10_000)
                if found == nil { losses += 1 }
                if let found, found != bytes { torn += 1 }
                if isSpooled {
                    let writer = try await spool().begin(maxSize: 1 << 20)
                    try await writer.write(bytes)
                    try await after.put(try await writer.finish(), at: object.key)
                } else {
                    #expect(try await after.putUnsynced([object]))
                }
                #expect(try await after.get(object.key, limit: 10_000) == bytes)
            }
        }
        #expect(losses > 0 && torn > 0)
    }

    @Test("what is durable stays so when it is put unsynced", arguments: 0..<20 as Range<UInt64>)
    func unsyncedOverDurable(seed: UInt64) async throws {
        let objects = Self.blobs(3, seed: seed)
        try await storage().put(objects)
        #expect(try await storage().putUnsynced(objects))
        try disk.cut(seed: seed)
        for object in objects {
            guard case .bytes(let bytes) = object.contents else { continue }
            #expect(try await storage().get(object.key, limit: 10_000) == bytes)
        }
    }

    @Test("a removal of what was put unsynced lasts", arguments: 0..<20 as Range<UInt64>, [false, true])
    func unsyncedRemoved(seed: UInt64, isSynced: Bool) async throws {
        let objects = Self.blobs(2, seed: seed)
        let storage = try self.storage()
        #expect(try await storage.putUnsynced(objects))
        if isSynced { try await storage.sync(objects.map(\.key)) }
        try await storage.remove(objects[0].key)
        try await storage.sync(objects.map(\.key))
        try disk.cut(seed: seed)
        #expect(try await self.storage().get(objects[0].key, limit: 10_000) == nil)
        #expect(try await self.storage().get(objects[1].key, limit: 10_000) != nil)
    }

    @Test("a sync that fails says so", arguments: [1, 40])
    func failingSync(count: Int) async throws {
        let isBroken = Mutex(false)
        let storage = try storage(calls: .failing(EIO) { isBroken.withLock { $0 } })
        let objects = Self.blobs(count, seed: 1)
        #expect(try await storage.putUnsynced(objects))
        isBroken.withLock { $0 = true }
        await #expect(throws: RegistryError.self) { try await storage.sync(objects.map(\.key)) }
    }

    @Test("a file that is too large is not put unsynced")
    func tooLarge() async throws {
        let key = StorageKey(listed: "files/a")
        let bytes = ByteBuffer(repeating: 1, count: 65_537)
        #expect(try await !storage().putUnsynced([NewObject(bytes, at: key)]))
        #expect(try await storage().size(of: key) == nil)
    }

    @Test("a storage that does not sync files, or folders, is seen to lose some", arguments: [true, false])
    func seesMissingSyncs(ofFiles: Bool) async throws {
        var losses = 0
        for seed in 0..<20 as Range<UInt64> {
            let real = disk.calls
            var calls = real
            calls.sync = { descriptor in
                let status = try FileStatus(of: "/proc/self/fd/\(descriptor)/.", in: nil)
                if (status == nil) != ofFiles { try real.sync(descriptor) }
            }
            let key = StorageKey(listed: "files/\(seed)/x")
            let bytes = Self.bytes(7)
            try await storage(calls: calls).put(bytes, at: key)
            try disk.cut(seed: seed)
            if try await storage().get(key, limit: 10_000) != bytes { losses += 1 }
        }
        #expect(losses > 0)
    }

    private func result(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return true
        } catch {
            return false
        }
    }
}

/// The possible contents of each key: one after an answer, two before it.
private final class KnownContents: Sendable {
    private let contents = Mutex<[StorageKey: Set<ByteBuffer?>]>([:])

    var all: [StorageKey: Set<ByteBuffer?>] {
        contents.withLock { $0 }
    }

    func attempt(_ key: StorageKey, _ bytes: ByteBuffer?) {
        contents.withLock { _ = $0[key, default: [nil]].insert(bytes) }
    }

    func settle(_ key: StorageKey, _ bytes: ByteBuffer?) {
        contents.withLock { $0[key] = [bytes] }
    }
}
