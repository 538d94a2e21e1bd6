import AWSRequests
import NIOCore
import NIOHTTP1
import NIOPosix
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import S3Storage

@Suite("S3 storage", .disabled(if: TestStore.areMissing, Comment(rawValue: TestStore.missing)))
struct S3StorageTests {
    @Test("odd keys are kept and listed as they are, below an odd prefix", arguments: TestStore.all)
    func oddKeys(_ store: TestStore) async throws {
        let storage = try await store.open()
        let names = [
            "a+b", "a%b", "a~b", "a b", "a&b", "a!b", "A", "é", "😀", "a=b", "a;b", "a,b", "a'b", "a(b)", "a*b", "a:b",
            "a@b", "a$b", "a?b", "a#b", "a[b]", "a\"b", "a<b>", "a+%20b",
        ]
        for name in names { try await storage.put(ByteBuffer(string: name), at: StorageKey(listed: "f/\(name)")) }
        for name in names {
            #expect(try await storage.get(StorageKey(listed: "f/\(name)"), limit: 100) == ByteBuffer(string: name))
        }
        let sorted = names.map { "f/\($0)" }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(try await storage.objects("f/").map(\.key.description) == sorted)
        for name in names { try await storage.remove(StorageKey(listed: "f/\(name)")) }
        #expect(try await storage.objects() == [])
        await storage.close()
    }

    @Test("storages with different prefixes share nothing", arguments: TestStore.all)
    func prefixes(_ store: TestStore) async throws {
        let base = "prefixes-\(UInt64.random(in: 0...UInt64.max))"
        let key = StorageKey(listed: "f/a")
        let one = try await store.open { $0.prefix = base }
        let other = try await store.open { $0.prefix = base + "2" }
        let inner = try await store.open { $0.prefix = base + "/inner" }
        try await one.put(ByteBuffer(string: "one"), at: key)
        try await other.put(ByteBuffer(string: "other"), at: key)
        try await inner.put(ByteBuffer(string: "inner"), at: key)
        #expect(try await other.objects().map(\.key) == [key])
        #expect(try await inner.objects().map(\.key) == [key])
        #expect(try await one.objects().map(\.key.description) == ["f/a", "inner/f/a"])
        #expect(try await one.get(key, limit: 10) == ByteBuffer(string: "one"))
        for storage in [one, other, inner] { await storage.close() }
    }

    @Test("a link stays the same for half of its time, and serves what it must without credentials")
    func links() async throws {
        for store in TestStore.all {
            let time = Mutex(Timestamp.now().microseconds / 30_000_000 * 30_000_000)
            let storage = try await S3Storage.open(
                store.settings(), threads: .singleton,
                clock: WallClock { Timestamp(microseconds: time.withLock { $0 }) }, logger: TestStore.quiet())
            let key = StorageKey(listed: "f/a b+c.whl")
            try await storage.put(ByteBuffer(string: "bytes"), at: key)
            let first = try #require(try await storage.signedLink(to: key, for: .seconds(60)))
            time.withLock { $0 += 29_000_000 }
            #expect(try await storage.signedLink(to: key, for: .seconds(60)) == first)
            time.withLock { $0 += 2_000_000 }
            let second = try #require(try await storage.signedLink(to: key, for: .seconds(60)))
            #expect(second != first)
            #expect(try await Download.whole(first) == ByteBuffer(string: "bytes"))
            let changed = first.replacing("c.whl", with: "d.whl")
            await #expect(throws: Download.Refused.self) { try await Download.whole(changed) }
            await storage.close()
        }
    }

    @Test("a link that has ended is refused, and says nothing of the bytes", arguments: TestStore.all)
    func endedLink(_ store: TestStore) async throws {
        let past = WallClock { Timestamp.now().adding(microseconds: -120_000_000) }
        let storage = try await store.open()
        let key = StorageKey(listed: "f/a")
        try await storage.put(ByteBuffer(string: "bytes"), at: key)
        let earlier = try await S3Storage.open(
            storage.client.settings, threads: .singleton, clock: past, logger: TestStore.quiet())
        let link = try #require(try await earlier.signedLink(to: key, for: .seconds(60)))
        let refused = await #expect(throws: Download.Refused.self) { try await Download.whole(link) }
        #expect(refused?.status == 403)
        await earlier.close()
        await storage.close()
    }

    @Test("a missing bucket is made only if that is wished, and a wrong key is told apart", arguments: TestStore.all)
    func opening(_ store: TestStore) async throws {
        func message(
            clock: WallClock = .system, _ change: (inout S3Settings) -> Void
        ) async throws -> String? {
            do {
                let storage = try await S3Storage.open(
                    store.settings(change), threads: .singleton, clock: clock, logger: TestStore.quiet())
                try await storage.check()
                await storage.close()
                return nil
            } catch let error as RegistryError {
                return error.message
            }
        }
        let bucket = "made-\(UInt32.random(in: 0...UInt32.max))"
        let missing = try await message {
            $0.bucket = bucket
            $0.createsBucket = false
        }
        #expect(missing == "There is no bucket \(bucket) in the store. Make it, or set storage.create_bucket = true.")
        #expect(try await message { $0.bucket = bucket } == nil)
        let wrongSecret = try await message {
            $0.credentials = AWSCredentials(accessKey: store.accessKey, secretKey: "wrong")
        }
        #expect(wrongSecret?.hasPrefix("The store says that the signature is wrong: ") == true, "\(wrongSecret ?? "")")
        let unknown = try await message {
            $0.credentials = AWSCredentials(accessKey: "nobody", secretKey: store.secretKey)
        }
        // Swift takes it for a wrong signature.
        #expect(
            unknown == (store.name == "swift_s3" ? wrongSecret : "The store does not know the access key."),
            "\(unknown ?? "")")
        let skewed = try await message(
            clock: WallClock { Timestamp.now().adding(microseconds: 16 * 60 * 1_000_000) }
        ) { _ in }
        #expect(skewed?.hasPrefix("The clocks of this machine and of the store are too far apart") == true)
        if store.name == "swift_s3" {
            let region = try await message { $0.region = "eu-central-1" }
            #expect(
                region == "The bucket cellar-tests is in the region us-east-1, not eu-central-1: set region=us-east-1 "
                    + "in storage.url.")
        }
    }

    @Test("a file in a bucket that is gone is not taken for one that is missing", arguments: TestStore.all)
    func goneBucket(_ store: TestStore) async throws {
        let storage = try await store.open { $0.bucket = "gone-\(UInt32.random(in: 0...UInt32.max))" }
        try await storage.client.perform(
            {
                var operation = S3Operation("remove buckets", .DELETE, storage.client.address.bucketPath)
                operation.accepted = [204]
                return operation
            }())
        let key = StorageKey(listed: "f/a")
        await #expect(throws: RegistryError.self) { try await storage.get(key, limit: 10) }
        await #expect(throws: RegistryError.self) { try await storage.size(of: key) }
        await #expect(throws: RegistryError.self) { try await storage.open(key, wholeUpTo: 10) }
        await #expect(throws: RegistryError.self) { try await storage.remove(key) }
        await #expect(throws: RegistryError.self) { try await storage.list("", from: nil, limit: 1) }
        await storage.close()
    }

    @Test("credentials that the store no longer knows are replaced by new ones", arguments: TestStore.all)
    func renewal(_ store: TestStore) async throws {
        let count = Mutex(0)
        let service = try SmallService { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            let key = number == 1 ? "gone" : store.accessKey
            return SmallService.Answer(
                body: """
                    {"AccessKeyId": "\(key)", "SecretAccessKey": "\(store.secretKey)", \
                    "Expiration": "2999-01-01T00:00:00Z"}
                    """)
        }
        let storage = try await S3Storage.open(
            store.settings { $0.credentials = nil },
            environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(service.port)/keys"],
            threads: .singleton, logger: TestStore.quiet())
        try await storage.check()
        #expect(count.withLock { $0 } == 2)
        await storage.close()
    }

    @Test("a listing leaves out what is no key, and goes on", arguments: TestStore.all)
    func foreignObjects(_ store: TestStore) async throws {
        let storage = try await store.open()
        for name in [".check/left", "folder/", "a//b"] {
            var operation = S3Operation("write", .PUT, storage.client.address.path(of: name))
            operation.body = .bytes(ByteBuffer(), PayloadDigests(ByteBuffer()))
            try await storage.client.perform(operation)
        }
        try await storage.put(ByteBuffer(), at: StorageKey(listed: "z"))
        var found: [String] = []
        var cursor: StorageCursor?
        repeat {
            let page = try await storage.list("", from: cursor, limit: 1)
            found += page.objects.map(\.key.description)
            cursor = page.next
        } while cursor != nil
        #expect(found == ["z"])
        await storage.close()
    }
}
