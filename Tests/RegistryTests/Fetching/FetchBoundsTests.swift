import NIOCore
import PackagingStandards
import RegistryTestSupport
import SQLDatabase
import Testing

@testable import Registry

@Suite("What anonymous callers can have fetched")
struct FetchBoundsTests {
    private static func samples(_ count: Int, size: Int = 1000) throws -> [RemoteSample] {
        try (1...count).map { try RemoteSample("sample", "\($0).0", size: size) }
    }

    @Test("a queue has an end, and gives places back")
    func slots() async throws {
        let slots = FetchSlots(count: 1, maxWaiting: 1)
        try await slots.take()
        let waiting = Task { try await slots.take() }
        while true {
            do {
                let task = Task { try await slots.take() }
                task.cancel()
                try await task.value
            } catch is QueueFull {
                break
            } catch is CancellationError {
                await Task.yield()
            }
        }
        slots.giveBack()
        try await waiting.value
        slots.giveBack()
        #expect(try await slots.run { 7 } == 7)
    }

    @Test("a fetch that waits for its turn ends with its last client; one more than may wait is 503 at once")
    func queued() async throws {
        var settings = FetchFixture.Settings()
        settings.limits = FetchLimits(maxConcurrent: 1, maxWaiting: 1)
        try await FetchFixture.run(settings) { fixture in
            let gate = TestGate()
            fixture.upstream.hold(.open, at: gate)
            let samples = try Self.samples(3)
            for sample in samples { fixture.upstream.set(sample.bytes, at: sample.url) }
            let first = Task { try await fixture.download(samples[0]) }
            await gate.waitForArrivals(1)
            var second: Task<ByteBuffer, any Error>? = Task { try await fixture.download(samples[1]) }
            while fixture.registry.fetching.count < 2 { try await Task.sleep(for: .milliseconds(2)) }
            let error = await #expect(throws: RegistryError.self) { try await fixture.download(samples[2]) }
            #expect(error?.code == .unavailable)
            second?.cancel()
            _ = try? await second?.value
            second = nil
            while fixture.registry.fetching.count > 1 { try await Task.sleep(for: .milliseconds(2)) }
            gate.open()
            #expect(try await first.value == samples[0].bytes)
            try await fixture.waitForFetches()
            #expect(fixture.upstream.count(of: .open) == 1)
        }
    }

    @Test(
        "fetches that nobody waits for any more go on, but not more than a few, nor of more bytes",
        arguments: [true, false])
    func abandoned(byNumber: Bool) async throws {
        var settings = FetchFixture.Settings()
        settings.limits =
            byNumber ? FetchLimits(maxAbandoned: 2) : FetchLimits(maxAbandoned: 100, maxAbandonedBytes: 650_000)
        try await FetchFixture.run(settings) { fixture in
            let samples = try Self.samples(4, size: 300_000)
            let body = SlowBody()
            for sample in samples {
                fixture.upstream.set(InMemoryUpstream.File(sample.bytes, slowBody: body), at: sample.url)
            }
            for sample in samples {
                let count = fixture.registry.fetching.count
                let task = Task { try await fixture.download(sample) }
                while fixture.upstream.requests.filter({ $0 == .open(sample.url, range: nil) }).isEmpty {
                    try await Task.sleep(for: .milliseconds(2))
                }
                task.cancel()
                _ = try? await task.value
                let expected = min(count + 1, 2)
                while fixture.registry.fetching.count > expected { try await Task.sleep(for: .milliseconds(2)) }
                #expect(fixture.registry.fetching.count == expected)
            }
            body.releaseAll()
            try await fixture.waitForFetches()
            #expect(try await fixture.database.cachedFiles(in: .main).count == 2)
            #expect(try await fixture.download(samples[3]) == samples[3].bytes)
        }
    }

    @Test("an upstream is asked for so many pages at once, so many wait, and one more is 503 without asking it")
    func pages() async throws {
        var settings = FetchFixture.Settings()
        settings.limits = FetchLimits(maxPages: 1, maxWaiting: 0)
        try await FetchFixture.run(settings) { fixture in
            let gate = TestGate()
            fixture.upstream.hold(.page, at: gate)
            let registry = fixture.registry
            let upstream = fixture.upstream
            let first = Task {
                try await registry.upstreamPages.page(of: try projectName("a"), from: upstream) == nil
            }
            await gate.waitForArrivals(1)
            let error = await #expect(throws: RegistryError.self) {
                _ = try await registry.upstreamPages.page(of: try projectName("b"), from: upstream)
            }
            #expect(error?.code == .unavailable)
            #expect(upstream.count(of: .page) == 1)
            gate.open()
            let isUnknown = try await first.value
            #expect(isUnknown)
            let second = try await registry.upstreamPages.page(of: try projectName("b"), from: upstream)
            #expect(second == nil)
        }
    }

    @Test("the core metadata of so many files are fetched at once, so many wait, and one more is 503 without asking")
    func metadata() async throws {
        var settings = FetchFixture.Settings()
        settings.limits = FetchLimits(maxMetadata: 1, maxWaiting: 0)
        try await FetchFixture.run(settings) { fixture in
            let (registry, upstream) = (fixture.registry, fixture.upstream)
            let samples = [try UpstreamSample("a", "1.0"), try UpstreamSample("b", "1.0")]
            upstream.serve("a", [samples[0]])
            upstream.serve("b", [samples[1]])
            @Sendable func tag(_ sample: UpstreamSample) async throws -> String? {
                let address = FileAddress(
                    index: .main, sha256: SHA256Digest(hashing: sample.bytes), filename: sample.file.filename)
                return try await registry.downloads.file(at: address, isMetadata: true, caller: .anonymous).entityTag
            }
            let gate = TestGate()
            upstream.hold(.open, at: gate)
            let first = Task { try await tag(samples[0]) }
            // Whoever wants the same waits for it, and takes no place.
            let same = Task { try await tag(samples[0]) }
            await gate.waitForArrivals(1)
            let error = await #expect(throws: RegistryError.self) { _ = try await tag(samples[1]) }
            #expect(error?.code == .unavailable)
            #expect(upstream.openedFiles == [samples[0].file.url])
            gate.open()
            let found = try await first.value
            #expect(found != nil)
            #expect(try await same.value == found)
            #expect(try await tag(samples[1]) != nil)
        }
    }

    @Test("pages that nobody asks for are forgotten with their pins; those of kept files leave the pins")
    func expiry() async throws {
        let clock = TestClock()
        var settings = FetchFixture.Settings()
        settings.clock = clock.clock
        try await FetchFixture.run(settings) { fixture in
            let kept = try RemoteSample("kept", "1.0", size: 100)
            for name in ["kept", "looked"] {
                let file = SimpleFile(
                    filename: "\(name)-1.0.tar.gz", url: "https://f.example/\(name)-1.0.tar.gz", sha256: nil, size: 1,
                    uploadTime: nil)
                fixture.upstream.set(SimpleProjectPage(name: name, files: [file], versions: [], lastSerial: 0))
                _ = try await fixture.registry.upstreamPages.page(of: try projectName(name), from: fixture.upstream)
            }
            fixture.upstream.set(kept.bytes, at: kept.url)
            _ = try await fixture.download(kept)
            try await fixture.waitForFetches()
            func pins(_ name: String) async throws -> Int {
                try await fixture.database.pins(of: try projectName(name), from: fixture.upstream.id).count
            }
            #expect(try await fixture.registry.pageExpiry.expire() == 0)
            clock.advance(seconds: 31 * 86_400)
            let before = try await pins("kept")
            #expect(before > 0)
            #expect(try await fixture.registry.pageExpiry.expire() == 2)
            #expect(try await pins("kept") == before)
            #expect(try await pins("looked") == 0)
            #expect(try await fixture.database.upstreamPage(of: try projectName("looked"), from: "pypi") == nil)
        }
    }
}
