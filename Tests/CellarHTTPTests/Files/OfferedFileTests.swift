import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import NIOPosix
import PackagingStandards
import RegistryTestSupport
import Synchronization
import Testing

@testable import CellarHTTP
@testable import Registry

/// Files that are fetched from an upstream while they are sent, over a real connection.
@Suite("Files of an upstream")
struct OfferedFileTests {
    /// A file, what the page says about it, and the upstream that has it.
    private struct Sample: Sendable {
        let upstream = InMemoryUpstream()
        let filename: String
        let bytes: ByteBuffer
        var digest: SHA256Digest?
        var size: Int64?

        init(size: Int) throws {
            let wheel = try TestWheel.make("alpha", padding: size)
            filename = wheel.filename
            bytes = ByteBuffer(bytes: wheel.bytes)
            digest = SHA256Digest(hashing: bytes)
            self.size = Int64(bytes.readableBytes)
            upstream.set(bytes, at: url)
        }

        var url: String { "https://files.example/\(filename)" }
        var tag: String { digest.map { "\"\($0)\"" } ?? "" }

        func remote() throws -> RemoteFile {
            let project = try #require(NormalizedName("alpha"))
            return RemoteFile(
                index: .main, project: project,
                followed: FollowedFile(
                    file: SimpleFile(
                        filename: filename, url: url, sha256: digest?.description, size: size, uploadTime: nil),
                    name: try #require(DistributionFilename(filename, project: project))),
                upstream: upstream, pin: nil, birth: nil, mayMix: false)
        }

        var address: FileAddress {
            let project = NormalizedName("alpha").map { FileAddress.Locator.project($0) }
            let locator = digest.map { FileAddress.Locator.sha256($0) } ?? project
            return FileAddress(
                index: .main, locator: locator ?? .sha256(SHA256Digest(hashing: bytes)), filename: filename)
        }
    }

    /// Serves the sample at every address.
    private func serve(
        _ sample: Sample, _ test: @escaping @Sendable (any TestClientProtocol, HTTPFixture) async throws -> Void
    ) async throws {
        try await HTTPFixture.run { fixture in
            let service = fixture.service
            let router = HTTPService.makeRouter()
            router.add(middleware: service.boundary)
            router.on("**", method: .get) { request, context in
                let entry = try await service.registry.downloads.fetchedFile(
                    sample.remote(), at: sample.address, caller: .anonymous)
                return try await service.files.answer(
                    entry,
                    AskedFile(
                        isMetadata: false, isPublic: true, isOpenToWebPages: false,
                        conditions: RequestConditions(request.headers),
                        isHead: request.method == .head), context)
            }
            let application = Application(
                router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
                logger: fixture.log.logger)
            try await application.test(.live) { client in try await test(client, fixture) }
            await service.registry.fetching.stop()
        }
    }

    @Test("a file comes with its size and tag, and once it is kept the upstream is not asked again")
    func whole() async throws {
        let sample = try Sample(size: 1 << 20)
        try await serve(sample) { client, fixture in
            for _ in 0..<2 {
                let answer = try await client.execute(uri: "/f", method: .get)
                #expect(answer.status == .ok)
                #expect(answer.body == sample.bytes)
                #expect(answer.headers[.contentLength] == String(sample.bytes.readableBytes))
                #expect(answer.headers[.eTag] == sample.tag)
                #expect(answer.headers[.cacheControl] == "public, max-age=31536000, immutable")
                while fixture.registry.fetching.count > 0 { try await Task.sleep(for: .milliseconds(2)) }
            }
            #expect(sample.upstream.openedFiles.count == 1)
            let text = try await fixture.ask { try await $0.execute(uri: "/metrics", method: .get) }
            let metrics = String(buffer: text.body)
            #expect(metrics.contains("cellar_upstream_files_total{outcome=\"miss\"} 1\n"))
            #expect(metrics.contains("cellar_upstream_files_total{outcome=\"hit\"} 1\n"))
            #expect(metrics.contains("cellar_upstream_fetched_bytes_total \(sample.bytes.readableBytes)\n"))
            #expect(metrics.contains("cellar_upstream_saved_bytes_total \(sample.bytes.readableBytes)\n"))
        }
    }

    @Test("what the page tells already is answered without the upstream")
    func unasked() async throws {
        let sample = try Sample(size: 100_000)
        try await serve(sample) { client, _ in
            let head = try await client.execute(uri: "/f", method: .head)
            #expect(head.status == .ok)
            #expect(head.headers[.contentLength] == String(sample.bytes.readableBytes))
            let known = try await client.execute(uri: "/f", method: .get, headers: [.ifNoneMatch: sample.tag])
            #expect(known.status == .notModified)
            let beyond = try await client.execute(uri: "/f", method: .get, headers: [.range: "bytes=9999999-"])
            #expect(beyond.status == .rangeNotSatisfiable)
            #expect(sample.upstream.requests.isEmpty)
        }
    }

    @Test("a file of unknown size and digest comes in chunks, and is not called immutable")
    func unknown() async throws {
        var sample = try Sample(size: 300_000)
        sample.digest = nil
        sample.size = nil
        sample.upstream.set(InMemoryUpstream.File(sample.bytes, tellsSize: false), at: sample.url)
        let asked = sample
        try await serve(asked) { client, _ in
            let answer = try await client.execute(uri: "/f", method: .get, headers: [.range: "bytes=0-9"])
            #expect(answer.status == .ok)
            #expect(answer.body == asked.bytes)
            #expect(answer.headers[.contentLength] == nil)
            #expect(answer.headers[.eTag] == nil)
            #expect(answer.headers[.cacheControl] == "public, no-cache")
            // Only the bytes themselves show the size.
            let head = try await client.execute(uri: "/f", method: .head)
            #expect(head.headers[.contentLength] == String(asked.bytes.readableBytes))
        }
    }

    @Test("a part is passed on, and is the whole file if the upstream serves no parts", arguments: [true, false])
    func part(servesRanges: Bool) async throws {
        var sample = try Sample(size: 300_000)
        sample.size = nil
        sample.upstream.set(InMemoryUpstream.File(sample.bytes, servesRanges: servesRanges), at: sample.url)
        let asked = sample
        try await serve(asked) { client, _ in
            let total = asked.bytes.readableBytes
            let answer = try await client.execute(uri: "/f", method: .get, headers: [.range: "bytes=-1000"])
            guard servesRanges else {
                #expect(answer.status == .ok)
                #expect(answer.body == asked.bytes)
                return
            }
            #expect(answer.status == .partialContent)
            #expect(answer.headers[.contentRange] == "bytes \(total - 1000)-\(total - 1)/\(total)")
            #expect(answer.body == asked.bytes.getSlice(at: total - 1000, length: 1000))
            let other = try await client.execute(
                uri: "/f", method: .get, headers: [.range: "bytes=0-9", .ifRange: "\"other\""])
            #expect(other.status == .ok)
            #expect(other.body == asked.bytes)
        }
    }

    @Test("a wrong digest cuts the connection, with a size and without", arguments: [true, false])
    func mismatch(tellsSize: Bool) async throws {
        var sample = try Sample(size: 1 << 20)
        sample.digest = SHA256Digest(hashing: [1])
        if !tellsSize { sample.size = nil }
        sample.upstream.set(InMemoryUpstream.File(sample.bytes, tellsSize: tellsSize), at: sample.url)
        try await serve(sample) { client, fixture in
            await #expect(throws: (any Error).self) { try await client.execute(uri: "/f", method: .get) }
            while fixture.registry.fetching.count > 0 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(fixture.log.lines.contains { $0.contains("event=digest-mismatch") })
        }
    }

    /// Notes the sizes of what is written, and what a new body would get meanwhile.
    private final class Blocks: Sendable {
        struct Writer: ResponseBodyWriter {
            let blocks: Blocks
            let memory: BodyMemory

            mutating func write(_ buffer: ByteBuffer) async throws {
                blocks.noted.withLock { $0.append((buffer.readableBytes, memory.blockSize)) }
            }

            consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
        }

        let noted = Mutex<[(size: Int, share: Int64)]>([])
    }

    @Test("slow readers of running fetches and of passed on parts share a bound with all others", arguments: [0, 400])
    func sharedBound(others: Int) async throws {
        let sample = try Sample(size: 1 << 20)
        let total = sample.bytes.readableBytes
        try await HTTPFixture.run { fixture in
            let entry = try await fixture.registry.downloads.fetchedFile(
                sample.remote(), at: sample.address, caller: .anonymous)
            guard case .offered(let offered) = entry.contents else {
                Issue.record("the file is kept")
                return
            }
            let part = try #require(try await offered.part(0..<Int64(total - 1)))
            let whole = try await offered.whole()
            let memory = BodyMemory()
            for _ in 0..<others { memory.enter() }
            let before = memory.blockSize
            let body = FileBody(threads: .singleton, memory: memory)
            let context = CellarRequestContext(
                source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: fixture.log.logger))
            let most = others == 0 ? BodyMemory.largestBlock : BodyMemory.smallestBlock
            for (stream, count) in [(part, total - 1), (whole, total)] {
                let blocks = Blocks()
                try await body.body(of: stream, length: count, context).write(
                    Blocks.Writer(blocks: blocks, memory: memory))
                let noted = blocks.noted.withLock { $0 }
                #expect(noted.reduce(0) { $0 + $1.size } == count)
                #expect(noted.allSatisfy { $0.size <= most && $0.share == most })
                #expect(memory.blockSize == before, "it has left")
            }
            await fixture.registry.fetching.stop()
        }
    }

    @Test("an upstream that fails is 503 with a time after which to try again that clients sit out")
    func failing() async throws {
        let sample = try Sample(size: 1000)
        sample.upstream.fail([.open], .busy, retryAfter: 42)
        try await serve(sample) { client, _ in
            let answer = try await client.execute(uri: "/f", method: .get)
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.headers[.retryAfter] == "1")
        }
    }
}
