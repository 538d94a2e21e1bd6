import LocalFiles
import NIOCore
import PackagingStandards
import RegistryTestSupport
import SQLDatabase
import Testing

@testable import Registry

@Suite("Fetching by several servers")
struct FlightsTests {
    private static let size = 3 << 20

    /// Two servers on one database and one storage, which know of each other, and their upstream.
    private static func run(
        _ settings: FetchFixture.Settings = FetchFixture.Settings(), knowEachOther: Bool = true,
        _ test: (FetchFixture, FetchFixture, InMemoryUpstream) async throws -> Void
    ) async throws {
        let place = try TestInstallation.Place()
        let first = try await FetchFixture(place, settings)
        let second = try await FetchFixture(place, upstream: first.upstream, settings)
        do {
            for (fixture, name) in [(first, "a:1"), (second, "b:2")] {
                try await fixture.registry.start()
                guard knowEachOther else { continue }
                try await fixture.registry.replicas.enter(name: name, version: "1", configuration: "x")
            }
            try await first.registry.replicas.note()
            try await test(first, second, first.upstream)
        } catch {
            await first.close()
            await second.close()
            throw error
        }
        await first.close()
        await second.close()
    }

    @Test("cost one fetch, and all clients get the right bytes", .timeLimit(.minutes(1)))
    func once() async throws {
        try await Self.run { first, second, upstream in
            let sample = try RemoteSample(size: Self.size)
            let gate = TestGate()
            upstream.set(sample.bytes, at: sample.url)
            upstream.hold(.open, at: gate)
            async let fetched = first.download(sample)
            await gate.waitForArrivals(1)
            async let waited = second.download(sample)
            async let waitedToo = second.download(sample)
            while second.registry.fetching.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
            gate.open()
            #expect(try await fetched == sample.bytes)
            #expect(try await waited == sample.bytes)
            #expect(try await waitedToo == sample.bytes)
            try await first.waitForFetches()
            try await second.waitForFetches()
            #expect(upstream.openedFiles == [sample.url])
            #expect(second.registry.metrics.bytesFetched.value == 0)
            while second.registry.spool.bytesInUse > 0 { try await Task.sleep(for: .milliseconds(2)) }
            // The lease has ended: the next one is not waited for.
            #expect(
                try await second.database.takeLease(
                    LeaseName(fetching: first.remote(sample)), for: "other", lasting: 1) != nil)
        }
    }

    @Test("fetch by themselves if the other one takes too long", .timeLimit(.minutes(1)))
    func patience() async throws {
        var settings = FetchFixture.Settings()
        settings.limits.patience = .milliseconds(300)
        try await Self.run(settings) { first, second, upstream in
            let sample = try RemoteSample(size: Self.size)
            upstream.set(sample.bytes, at: sample.url)
            // A server that was killed.
            let lease = try await second.database.takeLease(
                LeaseName(fetching: first.remote(sample)), for: "dead", lasting: 600_000_000)
            #expect(lease != nil)
            #expect(try await first.download(sample) == sample.bytes)
            try await first.expectKept(sample)
        }
    }

    @Test("fetch if the other one failed", .timeLimit(.minutes(1)))
    func failure() async throws {
        try await Self.run { first, second, upstream in
            let sample = try RemoteSample(size: Self.size)
            let gate = TestGate()
            upstream.set(sample.bytes, at: sample.url)
            upstream.hold(.open, at: gate)
            upstream.failNext(.open, .unreachable)
            let failed = Task { try await first.download(sample) }
            await gate.waitForArrivals(1)
            let waiting = Task { try await second.download(sample) }
            while second.registry.fetching.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
            gate.open()
            await #expect(throws: (any Error).self) { try await failed.value }
            #expect(try await waiting.value == sample.bytes)
            try await second.expectKept(sample)
        }
    }

    @Test("do not wait for small files, nor alone", arguments: [true, false])
    func small(knowEachOther: Bool) async throws {
        try await Self.run(knowEachOther: knowEachOther) { first, second, upstream in
            let sample = try RemoteSample(size: knowEachOther ? 100_000 : Self.size)
            upstream.set(sample.bytes, at: sample.url)
            let name = LeaseName(fetching: try first.remote(sample))
            #expect(try await second.database.takeLease(name, for: "other", lasting: 600_000_000) != nil)
            let start = ContinuousClock.now
            #expect(try await first.download(sample) == sample.bytes)
            #expect(ContinuousClock.now - start < .seconds(7))
        }
    }

    @Test("whose client leaves while it waits end the wait", .timeLimit(.minutes(1)))
    func leaving() async throws {
        try await Self.run { first, second, upstream in
            let sample = try RemoteSample(size: Self.size)
            upstream.set(sample.bytes, at: sample.url)
            let name = LeaseName(fetching: try first.remote(sample))
            #expect(try await second.database.takeLease(name, for: "other", lasting: 600_000_000) != nil)
            var reader: FetchReader? = try first.registry.fetching.fetches.reader(
                of: first.remote(sample), spool: first.registry.spool
            ) { await first.registry.fetching.run($0) }.reader
            #expect(reader != nil)
            reader = nil
            try await first.waitForFetches()
            #expect(upstream.openedFiles == [])
        }
    }
}
