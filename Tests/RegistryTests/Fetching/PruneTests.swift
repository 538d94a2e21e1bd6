import NIOCore
import PackagingStandards
import RegistryTestSupport
import SQLDatabase
import Synchronization
import Testing

@testable import Registry

@Suite("Pruning cached files")
struct PruneTests {
    private static let day: Int64 = 24 * 3600 * 1_000_000

    /// A clock that a test sets.
    private final class SetClock: Sendable {
        private let moment = Mutex(Timestamp.now())

        var clock: Clock { Clock { self.moment.withLock { $0 } } }

        func advance(days: Int64) {
            moment.withLock { $0 = $0.adding(microseconds: days * PruneTests.day) }
        }
    }

    /// Three files, cached a day apart: `a` of 1000 bytes and more, `b` of 50,000, `c` of 200,000.
    private func withFiles(
        quota: Int64? = nil, _ test: (FetchFixture, [RemoteSample], SetClock) async throws -> Void
    ) async throws {
        let clock = SetClock()
        var settings = FetchFixture.Settings()
        settings.clock = clock.clock
        settings.cacheQuota = quota
        try await FetchFixture.run(settings) { fixture in
            var samples: [RemoteSample] = []
            for (name, size) in [("a", 1000), ("b", 50_000), ("c", 200_000)] {
                let sample = try RemoteSample(name, size: size)
                fixture.upstream.set(sample.bytes, at: sample.url)
                _ = try await fixture.download(sample)
                try await fixture.waitForFetches()
                samples.append(sample)
                clock.advance(days: 1)
            }
            try await test(fixture, samples, clock)
        }
    }

    private func note(_ sample: RemoteSample, _ fixture: FetchFixture) async throws {
        let entry = try await fixture.registry.file(at: sample.address, caller: .anonymous)
        fixture.registry.noteDownload(of: entry, isWhole: true, count: sample.size)
    }

    @Test("what is pruned is gone from lists, addresses and the disk, and is fetched again when it is asked for")
    func prunes() async throws {
        try await withFiles { fixture, samples, _ in
            let report = try await fixture.registry.prune(
                PruneSelection(project: NormalizedName("b")), caller: .localOperator)
            #expect(report.files.map(\.filename) == [samples[1].filename])
            #expect(report.bytes == samples[1].size)
            #expect(try await fixture.storedKeys().contains(.file(samples[1].digest, samples[1].filename)) == false)
            #expect(
                try await fixture.registry.cachedFiles(in: .main, caller: .localOperator).map(\.filename)
                    == [samples[0].filename, samples[2].filename])
            #expect(try await fixture.download(samples[1]) == samples[1].bytes)
            try await fixture.expectKept(samples[1])
        }
    }

    @Test("files are chosen by their last use, their size, and a dry run leaves them")
    func chooses() async throws {
        try await withFiles { fixture, samples, clock in
            try await note(samples[0], fixture)
            clock.advance(days: 10)
            func names(_ selection: PruneSelection) async throws -> [String] {
                try await fixture.registry.prune(selection, isDryRun: true, caller: .localOperator)
                    .files.map(\.filename)
            }
            let (a, b, c) = (samples[0].filename, samples[1].filename, samples[2].filename)
            // `a` was downloaded last; the order is that of the last use.
            #expect(try await names(PruneSelection()) == [b, c, a])
            #expect(try await names(PruneSelection(olderThan: Self.day * 21 / 2)) == [b, c])
            #expect(try await names(PruneSelection(olderThan: Self.day * 100)) == [])
            #expect(try await names(PruneSelection(largerThan: 20_000)) == [b, c])
            #expect(try await names(PruneSelection(olderThan: Self.day * 23 / 2, largerThan: 20_000)) == [b])
            #expect(try await fixture.registry.cachedFiles(in: nil, caller: .localOperator).count == 3)
        }
    }

    @Test("a quota is kept to by forgetting what was not downloaded for longest")
    func quota() async throws {
        try await withFiles(quota: 240_000) { fixture, samples, _ in
            try await note(samples[0], fixture)
            let report = try await fixture.registry.pruneToQuotas()
            #expect(report.files.map(\.filename) == [samples[1].filename])
            #expect(try await fixture.registry.pruneToQuotas().files.isEmpty)
            #expect(try await fixture.database.cachedBytes(in: .main) <= 240_000)
        }
    }

    @Test("only administrators prune and see the list")
    func rights() async throws {
        try await withFiles { fixture, _, _ in
            for caller in [Caller.anonymous, TestInstallation.alice] {
                await #expect(throws: RegistryError.self) {
                    try await fixture.registry.prune(PruneSelection(), caller: caller)
                }
                await #expect(throws: RegistryError.self) {
                    try await fixture.registry.cachedFiles(in: nil, caller: caller)
                }
            }
        }
    }

    @Test("downloads are counted once, by file, and counters that nobody needs are forgotten")
    func downloads() async throws {
        try await withFiles { fixture, samples, clock in
            for _ in 0..<3 { try await note(samples[2], fixture) }
            let counts = fixture.registry.downloads.take()
            #expect(counts.map(\.count) == [3])
            #expect(counts.map(\.filename) == [samples[2].filename])
            fixture.registry.downloads.giveBack(counts)
            try await note(samples[2], fixture)
            #expect(fixture.registry.downloads.take().map(\.count) == [4])
            #expect(fixture.registry.downloads.take().isEmpty)

            try await note(samples[0], fixture)
            try await fixture.registry.flushDownloads()
            let listed = try await fixture.registry.cachedFiles(in: .main, caller: .localOperator)
            #expect(listed.first { $0.project.description == "a" }?.lastDownloadedAt == clock.clock.now())
            #expect(listed.first { $0.project.description == "b" }?.lastDownloadedAt == nil)
        }
    }

    @Test("a published file has no counter")
    func published() async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        let upload = try Upload("own", "1")
        try await upload.publish(to: installation)
        let address = FileAddress(index: .main, sha256: SHA256Digest(hashing: upload.bytes), filename: upload.filename)
        let entry = try await installation.registry.file(at: address, caller: .anonymous)
        #expect(entry.downloads == nil)
        installation.registry.noteDownload(of: entry, isWhole: true, count: 10)
        #expect(installation.registry.metrics.files.count(of: .hit) == 0)
        #expect(installation.registry.downloads.take().isEmpty)
        await installation.close()
    }
}
