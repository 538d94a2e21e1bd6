import AWSRequests
import AsyncHTTPClient
import LocalFiles
import NIOCore
import NIOHTTP1
import NIOPosix
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import S3Storage

/// What stands between here and a real store goes wrong.
@Suite("S3 with faults", .disabled(if: TestStore.areMissing, Comment(rawValue: TestStore.missing)))
struct S3FaultTests {
    private let folder: TemporaryFolder
    private let spool: Spool

    init() throws {
        folder = try TemporaryFolder()
        spool = Spool(path: folder.path + "/spool", capacity: 256 << 20, threads: .singleton)
        try spool.open()
    }

    private func spooled(_ bytes: ByteBuffer) async throws -> SpooledFile {
        let writer = try await spool.begin(maxSize: .max)
        try await writer.write(bytes)
        return try await writer.finish()
    }

    /// Opens a store through a proxy for the time of some work.
    private func with(
        _ store: TestStore, _ change: (inout S3Settings) -> Void = { _ in },
        _ body: (S3Storage, FaultyProxy) async throws -> Void
    ) async throws {
        let proxy = try await FaultyProxy.start(before: store.endpoint)
        let storage = try await store.open { settings in
            settings.endpoint = proxy.endpoint
            change(&settings)
        }
        do {
            try await body(storage, proxy)
        } catch {
            await storage.close()
            await proxy.stop()
            throw error
        }
        await storage.close()
        await proxy.stop()
    }

    @Test("a store that is too busy is asked again, for each kind of request", arguments: TestStore.all)
    func slowDown(_ store: TestStore) async throws {
        try await with(store) { storage, proxy in
            let key = StorageKey(listed: "f/a")
            let bytes = TestBytes.make(100_000)
            proxy.add(.answer(FaultyProxy.slowDown), times: 2)
            try await storage.put(bytes, at: key)
            proxy.add(.answer(FaultyProxy.slowDown), times: 2)
            #expect(try await storage.get(key, limit: 100_000) == bytes)
            proxy.add(.answer(FaultyProxy.slowDown), times: 2)
            #expect(try await storage.open(key, wholeUpTo: 10)?.size == 100_000)
            proxy.add(.answer(FaultyProxy.slowDown), times: 2)
            #expect(try await storage.size(of: key) == 100_000)
            proxy.add(.answer(FaultyProxy.slowDown), times: 2)
            #expect(try await storage.objects().map(\.key) == [key])
            proxy.add(.answer(FaultyProxy.slowDown), times: 2)
            try await storage.remove(key)
            #expect(try await storage.objects() == [])
            #expect(proxy.count == 12)
        }
    }

    @Test("a large file arrives whole although connections are cut", arguments: TestStore.all)
    func multipart(_ store: TestStore) async throws {
        try await with(
            store,
            { settings in
                settings.partSize = 5 << 20
                settings.largestWhole = 6 << 20
            }
        ) { storage, proxy in
            let bytes = TestBytes.make(17 << 20)
            let file = try await spooled(bytes)
            let key = StorageKey.file(file.digests.sha256, "a-1.whl")
            proxy.add(.resetsUpload(after: 3 << 20), times: 2)
            try await storage.put(file, at: key)
            #expect(proxy.count == 2)
            #expect(try await storage.open(key, wholeUpTo: 0)?.bytes() == bytes)
            #expect(try await storage.openUploads() == 0)
        }
    }

    @Test("a file in one piece arrives whole although its connection is cut", arguments: TestStore.all)
    func upload(_ store: TestStore) async throws {
        try await with(store) { storage, proxy in
            let bytes = TestBytes.make(6 << 20)
            let file = try await spooled(bytes)
            let key = StorageKey.file(file.digests.sha256, "a-1.whl")
            proxy.add(.resetsUpload(after: 2 << 20))
            try await storage.put(file, at: key)
            #expect(proxy.count == 1)
            #expect(try await storage.open(key, wholeUpTo: 0)?.bytes() == bytes)
        }
    }

    @Test("reading goes on where it was cut", arguments: TestStore.all)
    func download(_ store: TestStore) async throws {
        try await with(store) { storage, proxy in
            let bytes = TestBytes.make(8 << 20)
            let key = StorageKey(listed: "f/a")
            try await storage.put(bytes, at: key)
            let file = try #require(try await storage.open(key, wholeUpTo: 0))
            proxy.add(.resetsDownload(after: 1 << 20), times: 3)
            #expect(try await file.bytes() == bytes)
            #expect(proxy.count == 3)
        }
    }

    @Test("a file that is replaced while it is read ends in an error, never in other bytes", arguments: TestStore.all)
    func replaced(_ store: TestStore) async throws {
        try await with(store) { storage, proxy in
            let key = StorageKey(listed: "f/a")
            try await storage.put(TestBytes.make(8 << 20), at: key)
            guard case .file(let file)? = try await storage.open(key, wholeUpTo: 0) else {
                Issue.record("it was given whole")
                return
            }
            try await storage.put(TestBytes.make(8 << 20, seed: 2), at: key)
            await #expect(throws: RegistryError.self) { try await file.bytes() }
            await #expect(throws: RegistryError.self) { try await file.bytes(100..<200) }
        }
    }

    @Test("what a store refuses for too long is given up, as something that may pass", arguments: TestStore.all)
    func givesUp(_ store: TestStore) async throws {
        try await with(store, { $0.timeout = .seconds(1) }) { storage, proxy in
            proxy.add(.answer(FaultyProxy.slowDown), times: 100)
            let error = await #expect(throws: RegistryError.self) {
                try await storage.get(StorageKey(listed: "f/a"), limit: 10)
            }
            #expect(error?.code == .unavailable)
            #expect(proxy.count <= S3Client.mostAttempts)
        }
    }

    @Test("a store that is gone is given up, as something that may pass")
    func gone() async throws {
        let store = try #require(TestStore.all.first)
        let proxy = try await FaultyProxy.start(before: store.endpoint)
        let storage = try await store.open { settings in
            settings.endpoint = proxy.endpoint
            settings.timeout = .seconds(1)
        }
        try await storage.put(TestBytes.make(100_000), at: StorageKey(listed: "f/b"))
        guard case .file(let file)? = try await storage.open(StorageKey(listed: "f/b"), wholeUpTo: 0),
            case .stream(let open) = file.contents
        else {
            Issue.record("it was given whole")
            return
        }
        await proxy.stop()
        proxy.add(.resetsUpload(after: 0))
        // Before the first byte, so that nobody has been promised any.
        let beginning = await #expect(throws: RegistryError.self) { _ = try await open(0..<100_000) }
        #expect(beginning?.code == .unavailable)
        for _ in 1...2 {
            let error = await #expect(throws: RegistryError.self) {
                try await storage.put(ByteBuffer(string: "x"), at: StorageKey(listed: "f/a"))
            }
            #expect(error?.code == .unavailable)
        }
        await storage.close()
    }

    @Test("a large file that cannot be read to its end leaves neither an object nor parts", arguments: TestStore.all)
    func unreadable(_ store: TestStore) async throws {
        let storage = try await store.open { settings in
            settings.partSize = 5 << 20
            settings.largestWhole = 6 << 20
        }
        let reader = EndingReader(size: 17 << 20)
        let file = SpooledFile(reader: reader, digests: FileHasher().finalize())
        let error = await #expect(throws: RegistryError.self) {
            try await storage.put(file, at: StorageKey(listed: "f/a"))
        }
        #expect(error?.code == .internal)
        #expect(try await storage.objects() == [])
        #expect(try await storage.openUploads() == 0)
        await storage.close()
    }
}

/// Bytes that end at three quarters of what they should be.
private struct EndingReader: RandomAccessBytes, Sendable {
    let size: Int64

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = Int(max(0, min(Int64(buffer.count), size / 4 * 3 - offset)))
        buffer.prefix(count).initializeMemory(as: UInt8.self, repeating: 0x61)
        return count
    }
}

enum TestBytes {
    /// Returns bytes that show their place.
    static func make(_ count: Int, seed: UInt64 = 1) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: count + 8)
        var number = seed << 40
        while bytes.readableBytes < count {
            bytes.writeInteger(number)
            number += 1
        }
        return bytes.getSlice(at: 0, length: count) ?? bytes
    }
}

extension S3Storage {
    /// Returns how many uploads in parts are under way below the prefix.
    func openUploads() async throws -> Int {
        var operation = S3Operation("list uploads", .GET, client.address.bucketPath)
        operation.query = [("uploads", ""), ("prefix", client.address.name(of: ""))]
        return try await client.perform(operation) { response in
            let body = try await response.body.collect(upTo: 1 << 20)
            return try XMLElement(parsing: body.readableBytesView).children.filter { $0.name == "Upload" }.count
        }
    }
}
