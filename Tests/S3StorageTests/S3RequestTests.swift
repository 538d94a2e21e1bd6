import AWSRequests
import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import S3Storage

/// What is sent, as a store of our own sees it.
@Suite("S3 requests")
struct S3RequestTests {
    private static let empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    private static let md5OfHello = "5d41402abc4b2a76b9719d911017c592"
    private let digest = SHA256Digest(hashing: Array("hello".utf8))

    private func settings(_ service: SmallService, _ change: (inout S3Settings) -> Void = { _ in }) -> S3Settings {
        var settings = S3Settings(bucket: "bucket")
        settings.endpoint = "http://127.0.0.1:\(service.port)"
        settings.credentials = AWSCredentials(accessKey: "A", secretKey: "S")
        settings.timeout = .seconds(2)
        change(&settings)
        return settings
    }

    private func open(_ settings: S3Settings) async throws -> S3Storage {
        try await TestStore.open(settings)
    }

    @Test("an object is put with what the settings say, and its fields are signed")
    func fields() async throws {
        let service = try SmallService { request in
            if request.head.hasPrefix("GET") { return SmallService.Answer(body: Self.empty) }
            return SmallService.Answer(headers: ["ETag: \"\(Self.md5OfHello)\""])
        }
        let storage = try await open(
            settings(service) { settings in
                settings.prefix = "pre fix"
                settings.encryption = .kms(key: "arn:aws:kms:x")
                settings.storageClass = "STANDARD_IA"
                settings.acl = "bucket-owner-full-control"
            })
        try await storage.put(ByteBuffer(string: "hello"), at: .file(digest, "a-1.whl"))
        let head = try #require(service.asked.last?.head.lowercased())
        #expect(head.hasPrefix("put /bucket/pre%20fix/files/2c/f2/\(digest)/a-1.whl http/1.1\r\n"))
        for line in [
            "x-amz-server-side-encryption: aws:kms", "x-amz-server-side-encryption-aws-kms-key-id: arn:aws:kms:x",
            "x-amz-storage-class: standard_ia", "x-amz-acl: bucket-owner-full-control", "if-none-match: *",
            "cache-control: max-age=31536000, immutable", "content-type: application/octet-stream",
            "content-disposition: attachment", "x-amz-content-sha256: \(digest)", "content-length: 5",
        ] {
            #expect(head.contains("\r\n\(line)"), "\(line)")
        }
        #expect(
            head.contains(
                "signedheaders=cache-control;content-disposition;content-type;host;if-none-match;x-amz-acl;"
                    + "x-amz-content-sha256;x-amz-date;x-amz-server-side-encryption;"
                    + "x-amz-server-side-encryption-aws-kms-key-id;x-amz-storage-class,"))
        #expect(service.asked.count == 2)
        try await storage.put(ByteBuffer(string: "hello"), at: StorageKey(listed: "manifests/a"))
        let manifest = try #require(service.asked.last?.head.lowercased())
        #expect(!manifest.contains("immutable") && !manifest.contains("if-none-match"))
        await storage.close()
    }

    @Test("a removal is given up before its lease ends, however patient the settings are")
    func removal() async throws {
        let service = try SmallService { request in
            if request.head.hasPrefix("GET") { return SmallService.Answer(body: Self.empty) }
            return SmallService.Answer(status: "204 No Content", delay: 5)
        }
        let storage = try await open(
            settings(service) { settings in
                settings.timeout = .seconds(600)
                settings.removalTime = .milliseconds(300)
            })
        let error = await #expect(throws: RegistryError.self) {
            try await storage.remove(.file(digest, "a-1.whl"))
        }
        #expect(error?.code == .unavailable)
        let asked = service.asked.count { $0.head.hasPrefix("DELETE") }
        #expect(asked == 1, "none is sent after the time")
        await storage.close()
    }

    @Test("encryption with the store's own keys is asked for by its name")
    func encryption() async throws {
        let service = try SmallService { request in
            if request.head.hasPrefix("GET") { return SmallService.Answer(body: Self.empty) }
            return SmallService.Answer(headers: ["ETag: \"\(Self.md5OfHello)\""])
        }
        let storage = try await open(settings(service) { $0.encryption = .store })
        try await storage.put(ByteBuffer(string: "hello"), at: StorageKey(listed: "a"))
        #expect(service.asked.last?.head.lowercased().contains("x-amz-server-side-encryption: aes256\r\n") == true)
        await storage.close()
    }

    @Test("a store without conditional writes is asked for one only once")
    func withoutConditions() async throws {
        let service = try SmallService { request in
            if request.head.hasPrefix("GET") { return SmallService.Answer(body: Self.empty) }
            if request.head.lowercased().contains("if-none-match") {
                return SmallService.Answer(
                    status: "501 Not Implemented", body: "<Error><Code>NotImplemented</Code></Error>")
            }
            return SmallService.Answer(headers: ["ETag: \"\(Self.md5OfHello)\""])
        }
        let storage = try await open(settings(service))
        for _ in 1...3 { try await storage.put(ByteBuffer(string: "hello"), at: .file(digest, "a-1.whl")) }
        #expect(service.asked.filter { $0.head.hasPrefix("PUT") }.count == 4)
        await storage.close()
    }

    @Test("what is there with other bytes under a digest is written over")
    func repairs() async throws {
        let service = try SmallService { request in
            if request.head.hasPrefix("GET") { return SmallService.Answer(body: Self.empty) }
            if request.head.hasPrefix("HEAD") { return SmallService.Answer(headers: ["ETag: \"other\""]) }
            if request.head.lowercased().contains("if-none-match") {
                return SmallService.Answer(status: "412 Precondition Failed")
            }
            return SmallService.Answer(headers: ["ETag: \"\(Self.md5OfHello)\""])
        }
        let storage = try await open(settings(service))
        try await storage.put(ByteBuffer(string: "hello"), at: .file(digest, "a-1.whl"))
        #expect(service.asked.map { $0.head.prefix(3) } == ["GET", "PUT", "HEA", "PUT"])
        await storage.close()
    }

    @Test("a store that kept something of another size is not believed")
    func verifies() async throws {
        let service = try SmallService { request in
            // Its answers to PUT and HEAD say no tag, and to HEAD no byte.
            request.head.hasPrefix("GET") ? SmallService.Answer(body: Self.empty) : SmallService.Answer()
        }
        let storage = try await open(settings(service))
        let error = await #expect(throws: RegistryError.self) {
            try await storage.put(ByteBuffer(string: "hello"), at: StorageKey(listed: "a"))
        }
        #expect(error?.code == .unavailable)
        await storage.close()
    }

    @Test("a failure in the body of a success ends an upload in parts, and its parts are removed")
    func failedCompletion() async throws {
        let service = try SmallService { request in
            if request.head.hasPrefix("GET") { return SmallService.Answer(body: Self.empty) }
            if request.head.contains("?uploads=") {
                return SmallService.Answer(body: "<R><UploadId>u1</UploadId></R>")
            }
            if request.head.hasPrefix("POST") {
                return SmallService.Answer(body: "<Error><Code>InternalError</Code></Error>")
            }
            return SmallService.Answer(headers: ["ETag: \"x\""])
        }
        let storage = try await open(
            settings(service) { settings in
                settings.largestWhole = 10
                settings.partSize = 10
                settings.timeout = .seconds(1)
            })
        let folder = try TemporaryFolder()
        let spool = Spool(path: folder.path + "/spool", capacity: 1 << 20, threads: .singleton)
        try spool.open()
        let writer = try await spool.begin(maxSize: 100)
        try await writer.write(ByteBuffer(string: "25 bytes in three parts..."))
        let file = try await writer.finish()
        await #expect(throws: RegistryError.self) { try await storage.put(file, at: StorageKey(listed: "a")) }
        #expect(service.asked.filter { $0.head.contains("partNumber=") }.count == 3)
        #expect(service.asked.last?.head.hasPrefix("DELETE /bucket/a?uploadId=u1 ") == true)
        await storage.close()
    }

    @Test("a proxy is asked for the store, with its own password")
    func proxy() async throws {
        let service = try SmallService { _ in SmallService.Answer(status: "502 Bad Gateway") }
        var settings = S3Settings(bucket: "bucket")
        settings.endpoint = "http://store.example.com:9000"
        settings.credentials = AWSCredentials(accessKey: "A", secretKey: "S")
        settings.timeout = .seconds(1)
        settings.proxy = S3Settings.Proxy(host: "127.0.0.1", port: Int(service.port), user: "u", password: "p")
        let wanted = settings
        let error = await #expect(throws: RegistryError.self) { try await open(wanted) }
        #expect(error?.message.hasPrefix("The store at http://store.example.com:9000 does not answer") == true)
        let head = try #require(service.asked.first?.head.lowercased())
        #expect(head.hasPrefix("connect store.example.com:9000 "))
        #expect(head.contains("proxy-authorization: basic dtpw"))
    }

    @Test("a bucket stands before the host at AWS and where that is wished, and in the path elsewhere")
    func addresses() {
        func url(_ change: (inout S3Settings) -> Void) -> String {
            var settings = S3Settings(bucket: "my-bucket")
            change(&settings)
            let address = S3Address(settings, region: "eu-central-1")
            return address.url(address.path(of: "a b/c"), query: "")
        }
        #expect(url { _ in } == "https://my-bucket.s3.eu-central-1.amazonaws.com/a%20b/c")
        #expect(url { $0.prefix = "p" } == "https://my-bucket.s3.eu-central-1.amazonaws.com/p/a%20b/c")
        #expect(url { $0.usesPathStyle = true } == "https://s3.eu-central-1.amazonaws.com/my-bucket/a%20b/c")
        #expect(url { $0.bucket = "my.bucket" } == "https://s3.eu-central-1.amazonaws.com/my.bucket/a%20b/c")
        #expect(url { $0.endpoint = "http://127.0.0.1:9000" } == "http://127.0.0.1:9000/my-bucket/a%20b/c")
        #expect(url { $0.endpoint = "https://s3.example.com:443/" } == "https://s3.example.com/my-bucket/a%20b/c")
        #expect(
            url {
                $0.endpoint = "https://s3.example.com"
                $0.usesPathStyle = false
            } == "https://my-bucket.s3.example.com/a%20b/c")
    }

    @Test("parts cover a file without a gap, in at most 10,000 parts")
    func parts() {
        for size in [1, 10, 11, 100, 1 << 30, 6 << 40] as [Int64] {
            let parts = S3Uploads.ranges(of: size, preferring: 16 << 20)
            #expect(parts.first?.lowerBound == 0 && parts.last?.upperBound == size)
            #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
            #expect(parts.count <= 10_000)
            #expect(parts.dropLast().allSatisfy { $0.count >= 16 << 20 })
        }
    }
}
