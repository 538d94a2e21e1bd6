import FileStorage
import LocalFiles
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

        var clock: WallClock { WallClock { self.moment.withLock { $0 } } }

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
        let entry = try await fixture.registry.downloads.file(at: sample.address, caller: .anonymous)
        fixture.registry.downloads.note(entry, 0..<sample.size)
    }

    @Test("what is pruned is gone from lists, addresses and the disk, and is fetched again when it is asked for")
    func prunes() async throws {
        try await withFiles { fixture, samples, _ in
            let report = try await fixture.registry.pruning.prune(
                PruneSelection(project: NormalizedName("b")), caller: .localOperator)
            #expect(report.files.map(\.filename) == [samples[1].filename])
            #expect(report.bytes == samples[1].size)
            #expect(try await fixture.storedKeys().contains(.file(samples[1].digest, samples[1].filename)) == false)
            #expect(
                try await fixture.registry.pruning.cachedFiles(in: .main, caller: .localOperator).map(\.filename)
                    == [samples[0].filename, samples[2].filename])
            #expect(try await fixture.download(samples[1]) == samples[1].bytes)
            try await fixture.expectKept(samples[1])
        }
    }

    @Test("a cached file that storage has lost is fetched again when somebody asks for it")
    func lost() async throws {
        try await withFiles { fixture, samples, _ in
            try await fixture.storage.remove(.file(samples[1].digest, samples[1].filename))
            Self.serve(samples[1], fixture)
            #expect(try await fetchedAgain(samples[1], fixture) == samples[1].bytes)
            try await fixture.expectKept(samples[1])
            #expect(fixture.log.lines.contains { $0.contains("storage has lost a cached file") })
        }
    }

    @Test("a file that is pruned between the look at the database and that at storage is fetched again")
    func besideDownload() async throws {
        let interrupted = InterruptedStorage.Work()
        var settings = FetchFixture.Settings()
        settings.wrapStorage = { InterruptedStorage(base: $0, work: interrupted) }
        try await FetchFixture.run(settings) { fixture in
            let sample = try RemoteSample("b", size: 200_000)
            Self.serve(sample, fixture)
            _ = try await fixture.download(sample)
            try await fixture.waitForFetches()
            interrupted.set { _ = try await fixture.registry.pruning.prune(PruneSelection(), caller: .localOperator) }
            #expect(try await fetchedAgain(sample, fixture) == sample.bytes)
        }
    }

    private static func serve(_ sample: RemoteSample, _ fixture: FetchFixture) {
        fixture.upstream.set(sample.bytes, at: sample.url)
        fixture.upstream.set(
            SimpleProjectPage(
                name: sample.project,
                files: [
                    SimpleFile(
                        filename: sample.filename, url: sample.url, sha256: sample.stated?.description, size: nil,
                        uploadTime: nil)
                ], versions: [], lastSerial: 0))
    }

    private func fetchedAgain(_ sample: RemoteSample, _ fixture: FetchFixture) async throws -> ByteBuffer? {
        let entry = try await fixture.registry.downloads.file(at: sample.address, caller: .anonymous)
        guard case .offered(let offered) = entry.contents else { return nil }
        return try await FetchFixture.read(try await offered.whole())
    }

    @Test("files are chosen by their last use, their size, and a dry run leaves them")
    func chooses() async throws {
        try await withFiles { fixture, samples, clock in
            try await note(samples[0], fixture)
            clock.advance(days: 10)
            func names(_ selection: PruneSelection) async throws -> [String] {
                try await fixture.registry.pruning.prune(selection, isDryRun: true, caller: .localOperator)
                    .files.map(\.filename)
            }
            let (a, b, c) = (samples[0].filename, samples[1].filename, samples[2].filename)
            // `a` was downloaded last; the order is that of the last use.
            #expect(try await names(PruneSelection()) == [b, c, a])
            #expect(try await names(PruneSelection(olderThan: Self.day * 21 / 2)) == [b, c])
            #expect(try await names(PruneSelection(olderThan: Self.day * 100)) == [])
            #expect(try await names(PruneSelection(largerThan: 20_000)) == [b, c])
            #expect(try await names(PruneSelection(olderThan: Self.day * 23 / 2, largerThan: 20_000)) == [b])
            #expect(try await fixture.registry.pruning.cachedFiles(in: nil, caller: .localOperator).count == 3)
        }
    }

    @Test("a quota is kept to by forgetting what was not downloaded for longest")
    func quota() async throws {
        try await withFiles(quota: 240_000) { fixture, samples, _ in
            try await note(samples[0], fixture)
            let report = try await fixture.registry.pruning.pruneToQuotas()
            #expect(report.files.map(\.filename) == [samples[1].filename])
            #expect(try await fixture.registry.pruning.pruneToQuotas().files.isEmpty)
            #expect(try await fixture.database.cachedBytes(in: .main) <= 240_000)
        }
    }

    @Test("only administrators prune and see the list")
    func rights() async throws {
        try await withFiles { fixture, _, _ in
            for caller in [Caller.anonymous, TestInstallation.alice] {
                await #expect(throws: RegistryError.self) {
                    try await fixture.registry.pruning.prune(PruneSelection(), caller: caller)
                }
                await #expect(throws: RegistryError.self) {
                    try await fixture.registry.pruning.cachedFiles(in: nil, caller: caller)
                }
            }
        }
    }

    @Test("downloads are counted once, by file, and counters that nobody needs are forgotten")
    func downloads() async throws {
        try await withFiles { fixture, samples, clock in
            for _ in 0..<3 { try await note(samples[2], fixture) }
            let counts = fixture.registry.downloadCounting.counters.take()
            #expect(counts.map(\.count) == [3])
            #expect(counts.map(\.filename) == [samples[2].filename])
            fixture.registry.downloadCounting.counters.giveBack(counts)
            try await note(samples[2], fixture)
            #expect(fixture.registry.downloadCounting.counters.take().map(\.count) == [4])
            #expect(fixture.registry.downloadCounting.counters.take().isEmpty)

            try await note(samples[0], fixture)
            try await fixture.registry.downloadCounting.flush()
            let listed = try await fixture.registry.pruning.cachedFiles(in: .main, caller: .localOperator)
            #expect(listed.first { $0.project.description == "a" }?.lastDownloadedAt == clock.clock.now())
            #expect(listed.first { $0.project.description == "b" }?.lastDownloadedAt == nil)
        }
    }

    @Test("a published file is counted, and no bytes of an upstream are saved by it")
    func published() async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        let upload = try Upload("own", "1")
        try await upload.publish(to: installation)
        let address = FileAddress(index: .main, sha256: SHA256Digest(hashing: upload.bytes), filename: upload.filename)
        let entry = try await installation.registry.downloads.file(at: address, caller: .anonymous)
        installation.registry.downloads.note(entry, 0..<10)
        installation.registry.downloads.note(entry, 10..<20)
        #expect(installation.registry.metrics.files.count(of: .hit) == 0)
        #expect(installation.registry.metrics.bytesSaved.value == 0)
        let counts = installation.registry.downloadCounting.counters.take()
        #expect(counts.map(\.filename) == [upload.filename])
        #expect(counts.map(\.count) == [1])
        await installation.close()
    }
}

/// Does something once, just before the next file is opened.
private struct InterruptedStorage: Storage {
    final class Work: Sendable {
        private let work = Mutex<(@Sendable () async throws -> Void)?>(nil)

        func set(_ work: @escaping @Sendable () async throws -> Void) {
            self.work.withLock { $0 = work }
        }

        func run() async throws {
            let work = work.withLock { work in
                defer { work = nil }
                return work
            }
            try await work?()
        }
    }

    let base: any Storage
    let work: Work

    func open(_ key: StorageKey, wholeUpTo limit: Int) async throws -> OpenedObject? {
        try await work.run()
        return try await base.open(key, wholeUpTo: limit)
    }

    func put(_ file: SpooledFile, at key: StorageKey) async throws { try await base.put(file, at: key) }
    func put(_ bytes: ByteBuffer, at key: StorageKey) async throws { try await base.put(bytes, at: key) }
    func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer? { try await base.get(key, limit: limit) }
    func size(of key: StorageKey) async throws -> Int64? { try await base.size(of: key) }
    func remove(_ key: StorageKey) async throws { try await base.remove(key) }
    func list(_ prefix: String, from cursor: StorageCursor?, limit: Int) async throws -> StoragePage {
        try await base.list(prefix, from: cursor, limit: limit)
    }
    func signedLink(to key: StorageKey, for duration: Duration) async throws -> String? {
        try await base.signedLink(to: key, for: duration)
    }
    func check() async throws { try await base.check() }
    func close() async { await base.close() }
}
