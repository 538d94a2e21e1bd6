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

@Suite("File storage")
struct FileStorageTests {
    private let folder: TemporaryFolder
    private let bytes = ByteBuffer(repeating: 0x61, count: 10_000)

    init() throws {
        folder = try TemporaryFolder()
    }

    private func storage(calls: SystemCalls = .system) throws -> FileStorage {
        try FileStorage(path: folder.path + "/files", threads: .singleton, calls: calls)
    }

    private func names(_ path: String) throws -> [String] {
        try FolderListing(of: "\(folder.path)/\(path)", in: nil)?.entries.map(\.name).sorted() ?? []
    }

    @Test("a link, a device or a pipe under a key is refused, and not listed")
    func refusesOtherThanFiles() async throws {
        let storage = try storage()
        try await storage.put(bytes, at: StorageKey(listed: "f/file"))
        #expect(symlink("\(folder.path)/files/f/file", "\(folder.path)/files/f/link") == 0)
        #expect(mkfifo("\(folder.path)/files/f/pipe", 0o600) == 0)
        for name in ["f/link", "f/pipe"] {
            let key = StorageKey(listed: name)
            await #expect(throws: RegistryError.self) { try await storage.open(key, wholeUpTo: 0) }
            await #expect(throws: RegistryError.self) { try await storage.get(key, limit: 100_000) }
            await #expect(throws: RegistryError.self) { try await storage.size(of: key) }
        }
        #expect(try await storage.objects().map(\.key.description) == ["f/file"])
    }

    @Test("a spooled file is linked, not copied, if both are on one file system")
    func links() async throws {
        let writes = Mutex(0)
        var calls = SystemCalls.system
        calls.write = { file, bytes in
            writes.withLock { $0 += 1 }
            return try SystemCalls.system.write(file, bytes)
        }
        let spool = Spool(path: folder.path + "/spool", capacity: 1 << 20, threads: .singleton)
        try spool.open()
        let writer = try await spool.begin(maxSize: 1 << 20)
        try await writer.write(ByteBuffer(repeating: 0x61, count: 100_000))
        let file = try await writer.finish()
        try await storage(calls: calls).put(file, at: .file(file.digests.sha256, "a-1.whl"))
        #expect(writes.withLock { $0 } == 0)
    }

    @Test("bytes that are there are not written again, but their name is made durable again")
    func leavesPresentBytesAlone() async throws {
        let spool = Spool(path: folder.path + "/spool", capacity: 1 << 20, threads: .singleton)
        try spool.open()
        let writer = try await spool.begin(maxSize: 1 << 20)
        try await writer.write(bytes)
        let file = try await writer.finish()
        let key = StorageKey.file(file.digests.sha256, "a-1.whl")
        try await storage().put(file, at: key)
        let syncs = Mutex(0)
        var calls = SystemCalls.system
        calls.rename = { _, path, _ in throw SystemError(EIO, "rename \(path)") }
        calls.sync = { descriptor in
            syncs.withLock { $0 += 1 }
            try SystemCalls.system.sync(descriptor)
        }
        let second = try storage(calls: calls)
        syncs.withLock { $0 = 0 }
        try await second.put(file, at: key)
        #expect(syncs.withLock { $0 } == 6, "the file, its four folders and the root")
    }

    @Test("what a dead process left half written is removed at the next start; what a living one writes stays")
    func cleansUp() async throws {
        let living = try storage()
        try SystemCalls.system.makeFolder(AT_FDCWD, folder.path + "/files/.tmp/dead", 0o700)
        for name in ["dead.lock", "dead/1", "dead/2"] {
            _ = try SystemCalls.system.open("\(folder.path)/files/.tmp/\(name)", O_WRONLY | O_CREAT, mode: 0o600)
        }
        let livingNames = try names("files/.tmp").filter { !$0.hasPrefix("dead") }
        #expect(livingNames.count == 2)
        let second = try storage()
        let present = try names("files/.tmp")
        #expect(present.count == 4 && !present.contains { $0.hasPrefix("dead") })
        #expect(Set(present).isSuperset(of: livingNames))
        try await living.put(bytes, at: StorageKey(listed: "f/a"))
        try await second.put(bytes, at: StorageKey(listed: "f/b"))
        await living.close()
        await second.close()
        #expect(try names("files/.tmp") == [])
    }

    @Test("removing a file removes its folder if that is empty, and leaves the ones above")
    func removesEmptyFolder() async throws {
        let storage = try storage()
        try await storage.put(bytes, at: StorageKey(listed: "f/a/b/c"))
        try await storage.put(bytes, at: StorageKey(listed: "f/a/d/e"))
        try await storage.remove(StorageKey(listed: "f/a/b/c"))
        #expect(try names("files/f/a") == ["d"])
        try await storage.remove(StorageKey(listed: "f/a/d/e"))
        #expect(try names("files") == [".tmp", "f"])
        #expect(try names("files/f") == ["a"])
        #expect(try names("files/f/a") == [])
    }

    @Test(
        "what the file system says becomes the domain's error, without paths in its text",
        arguments: [
            (ENOSPC, RegistryError.Code.insufficientStorage), (EDQUOT, .insufficientStorage), (EROFS, .unavailable),
            (EACCES, .unavailable), (EPERM, .unavailable), (EMFILE, .unavailable), (EIO, .internal),
        ])
    func translatesErrors(number: CInt, code: RegistryError.Code) async throws {
        let path = folder.path
        var calls = SystemCalls.system
        calls.write = { _, _ in throw SystemError(number, "write \(path)") }
        let storage = try storage(calls: calls)
        let error = await #expect(throws: RegistryError.self) {
            try await storage.put(bytes, at: StorageKey(listed: "f/a"))
        }
        #expect(error?.code == code)
        #expect(error?.message.contains(path) == false)
        #expect(error?.description.contains(path) == true)
        #expect(try await storage.objects() == [])
        let temporary = try #require(try names("files/.tmp").first { !$0.hasSuffix(".lock") })
        #expect(try names("files/.tmp/\(temporary)") == [])
    }

    @Test("each call that fails in a put leaves the key as it was, and nothing beside it", arguments: 0..<16)
    func failsAtEachCall(step: Int) async throws {
        let key = StorageKey(listed: "f/a/b")
        let callsLeft = Mutex<Int?>(nil)
        let storage = try storage(
            calls: .failing(EIO) {
                callsLeft.withLock { left in
                    left = left.map { $0 - 1 }
                    return left == -1
                }
            })
        try await storage.put(ByteBuffer(string: "old"), at: key)
        callsLeft.withLock { $0 = step }
        let result = await Task { try await storage.put(bytes, at: key) }.result
        callsLeft.withLock { $0 = nil }
        let found = try await storage.get(key, limit: 100_000)
        switch result {
        case .success: #expect(found == bytes)
        case .failure: #expect(found == bytes || found == ByteBuffer(string: "old"))
        }
        #expect(try await storage.objects().count == 1)
        try await storage.put(bytes, at: key)
        #expect(try await storage.get(key, limit: 100_000) == bytes)
    }

    @Test(
        "a full disk is reported, leaves nothing, and takes files again when there is room",
        .enabled(if: SmallDisk.isAvailable, "needs the right to mount a tmpfs"))
    func fullDisk() async throws {
        let disk = try SmallDisk(mebibytes: 1)
        let storage = try FileStorage(path: disk.path + "/files", threads: .singleton)
        let spool = Spool(path: folder.path + "/spool", capacity: 8 << 20, threads: .singleton)
        try spool.open()
        let big = ByteBuffer(repeating: 0x62, count: 2 << 20)
        let writer = try await spool.begin(maxSize: 8 << 20)
        try await writer.write(big)
        let file = try await writer.finish()
        for _ in 0..<3 {
            let error = await #expect(throws: RegistryError.self) {
                try await storage.put(file, at: .file(file.digests.sha256, "a-1.whl"))
            }
            #expect(error?.code == .insufficientStorage)
            await #expect(throws: RegistryError.self) { try await storage.put(big, at: StorageKey(listed: "f/a")) }
        }
        #expect(try await storage.objects() == [])
        try await storage.put(ByteBuffer(repeating: 0x63, count: 900 << 10), at: StorageKey(listed: "f/a"))
        #expect(try await storage.size(of: StorageKey(listed: "f/a")) == 900 << 10)
    }

    @Test("a page begins after the path that its cursor holds, whether or not it exists")
    func cursors() async throws {
        let storage = try storage()
        let texts = ["f/a/1", "f/a/2", "f/b", "f/c/1"]
        for text in texts { try await storage.put(bytes, at: StorageKey(listed: text)) }
        let expected = ["f/a/1": 1, "f/a/10": 1, "f/a": 0, "f/a0": 2, "f/a/3": 2, "f/b": 3, "f/c/1": 4, "z": 4, "a": 0]
        for (after, skipped) in expected {
            let page = try await storage.list("f/", from: StorageCursor(text: after), limit: 10)
            #expect(page.objects.map(\.key.description) == Array(texts.dropFirst(skipped)), "\(after)")
            #expect(page.next == nil)
        }
    }

    @Test("a file that is not local is copied through its reader")
    func copies() async throws {
        let storage = try storage()
        let contents = Array(repeating: Array(0...255 as ClosedRange<UInt8>), count: 10_000).flatMap(\.self)
        var hasher = FileHasher()
        hasher.update(contents)
        let file = SpooledFile(reader: MemoryBytes(contents), digests: hasher.finalize())
        let key = StorageKey.file(file.digests.sha256, "a-1.whl")
        try await storage.put(file, at: key)
        #expect(try await storage.get(key, limit: contents.count) == ByteBuffer(bytes: contents))
    }

    @Test("a folder that may not be used is reported at the start")
    func unusableFolder() throws {
        var calls = SystemCalls.system
        calls.makeFolder = { _, path, _ in throw SystemError(EROFS, "mkdir \(path)") }
        let error = #expect(throws: RegistryError.self) { try storage(calls: calls) }
        #expect(error?.code == .unavailable)
        _ = try SystemCalls.system.open(folder.path + "/files", O_WRONLY | O_CREAT, mode: 0o600)
        #expect(throws: RegistryError.self) { try storage() }
    }
}
