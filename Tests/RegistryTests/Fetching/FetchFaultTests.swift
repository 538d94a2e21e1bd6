import Glibc
import NIOCore
import PackagingStandards
import RegistryTestSupport
import SQLDatabase
import Synchronization
import Testing

@testable import Registry

@Suite("A fetch that goes wrong")
struct FetchFaultTests {
    @Test(
        "an upstream that fails is an error that says to try later; a file that it has no more is not found",
        arguments: [
            (UpstreamError.Reason.unreachable, RegistryError.Code.unavailable), (.busy, .unavailable),
            (.refused, .unavailable), (.failed, .unavailable), (.malformed, .unavailable), (.notFound, .notFound),
            (.forbiddenAddress, .unavailable), (.resting, .unavailable), (.truncated, .unavailable),
        ])
    func refused(reason: UpstreamError.Reason, code: RegistryError.Code) async throws {
        try await FetchFixture.run { fixture in
            var sample = try RemoteSample(size: 1000)
            sample.tellsSize = false
            fixture.upstream.fail([.open, .size], reason, retryAfter: 17)
            let offered = try await fixture.offered(sample)
            let asks: [() async throws -> Void] = [
                { _ = try await offered.whole() }, { _ = try await offered.part(0..<5) },
                { _ = try await offered.size() },
            ]
            for ask in asks {
                let error = await #expect(throws: RegistryError.self) { try await ask() }
                #expect(error?.code == code)
                if code == .unavailable { #expect(error?.retryAfter == 17) }
            }
            try await fixture.expectNothingKept()
            #expect(fixture.log.events("fetch-failed").count == 1)
            // The next one asks again.
            fixture.upstream.heal()
            fixture.upstream.set(sample.bytes, at: sample.url)
            #expect(try await fixture.download(sample) == sample.bytes)
        }
    }

    @Test("a body that breaks off cuts the connection and keeps nothing", arguments: [true, false])
    func truncated(knowsDigest: Bool) async throws {
        try await FetchFixture.run { fixture in
            var sample = try RemoteSample(size: 1 << 20)
            if !knowsDigest { sample.stated = nil }
            // If the digest is known, the rest is requested once; here it is not available.
            fixture.upstream.set(
                InMemoryUpstream.File(sample.bytes, servesRanges: !knowsDigest, breaksAfter: 600_000), at: sample.url)
            var got = 0
            // Before the first byte it is an error that can be answered, after it a cut.
            await #expect(throws: (any Error).self) {
                try await fixture.offered(sample).whole().forEachBlock { got += $0.readableBytes }
            }
            #expect(got <= 600_000)
            try await fixture.expectNothingKept()
        }
    }

    @Test("what is missing of a body that broke off is asked for once, where the digest holds it together")
    func resumed() async throws {
        try await FetchFixture.run { fixture in
            let sample = try RemoteSample(size: 1 << 20)
            fixture.upstream.set(InMemoryUpstream.File(sample.bytes, breaksAfter: 600_000), at: sample.url)
            #expect(try await fixture.download(sample) == sample.bytes)
            #expect(fixture.upstream.requests.last == .open(sample.url, range: .bytes(600_000..<sample.size)))
            try await fixture.expectKept(sample)
        }
    }

    @Test("a file of another size than the page states is not begun")
    func otherSize() async throws {
        try await FetchFixture.run { fixture in
            let sample = try RemoteSample(size: 1 << 20)
            fixture.upstream.set(ByteBuffer(repeating: 1, count: 500_000), at: sample.url)
            let error = await #expect(throws: RegistryError.self) { try await fixture.offered(sample).whole() }
            #expect(error?.code == .unavailable)
            try await fixture.expectNothingKept()
        }
    }

    @Test(
        "a file that is larger than the policy takes is blocked, however late its size is known",
        arguments: [true, false])
    func tooLarge(tellsSize: Bool) async throws {
        try await FetchFixture.run { fixture in
            var sample = try RemoteSample(size: 1 << 20)
            sample.tellsSize = false
            sample.maxSize = 1000
            fixture.upstream.set(InMemoryUpstream.File(sample.bytes, tellsSize: tellsSize), at: sample.url)
            let error = await #expect(throws: RegistryError.self) { try await fixture.offered(sample).whole() }
            #expect(error?.code == .blocked)
            guard tellsSize else { return }
            let asked = await #expect(throws: RegistryError.self) { try await fixture.offered(sample).size() }
            #expect(asked?.code == .blocked)
            let part = await #expect(throws: RegistryError.self) { try await fixture.offered(sample).part(0..<10) }
            #expect(part?.code == .blocked, "nor in parts")
            try await fixture.expectNothingKept()
        }
    }

    @Test("a digest that no page states is learned once: other bytes later are a mismatch")
    func learned() async throws {
        try await FetchFixture.run { fixture in
            var sample = try RemoteSample(size: 200_000)
            let digest = sample.digest
            sample.stated = nil
            fixture.upstream.set(sample.bytes, at: sample.url)
            let entry = try await fixture.entry(sample)
            #expect(entry.entityTag == nil)
            #expect(!entry.isImmutable)
            #expect(try await fixture.download(sample) == sample.bytes)
            try await fixture.expectKept(sample)
            let project = try #require(NormalizedName(sample.project))
            let pins = try await fixture.database.pins(of: project, from: fixture.upstream.id)
            #expect(pins[sample.filename]?.sha256 == digest)
            #expect(pins[sample.filename]?.size == sample.size)
            _ = try await fixture.registry.pruning.prune(PruneSelection(), caller: .localOperator)

            let other = try RemoteSample(size: 200_000)
            fixture.upstream.set(other.bytes, at: sample.url)
            await #expect(throws: (any Error).self) { try await fixture.download(sample) }
            #expect(fixture.log.events("digest-mismatch").count == 1)
            try await fixture.waitForFetches()
            #expect(try await fixture.database.cachedFiles(in: nil).isEmpty)
            // The core metadata of the first bytes are pinned, and stay.
            #expect(try await fixture.storedKeys().map { $0.blob?.name } == [sample.filename + ".metadata"])
        }
    }

    @Test(
        "other digests than SHA-256 are checked",
        arguments: ["md5", "sha1", "sha384", "sha512", "blake2b", "sha3_256"])
    func otherDigests(algorithm: String) async throws {
        try await FetchFixture.run { fixture in
            var sample = try RemoteSample(size: 100_000)
            sample.stated = nil
            let length = ["md5": 32, "sha1": 40, "sha384": 96, "sha512": 128][algorithm] ?? 64
            sample.otherDigests = [.init(algorithm: algorithm, hex: String(repeating: "0", count: length))]
            fixture.upstream.set(sample.bytes, at: sample.url)
            if algorithm == "sha3_256" {
                #expect(try await fixture.download(sample) == sample.bytes)
                return
            }
            await #expect(throws: (any Error).self) { try await fixture.download(sample) }
            try await fixture.expectNothingKept()
            var hasher = FetchHasher(checking: sample.otherDigests)
            hasher.update(sample.bytes)
            let found = try #require(hasher.mismatch(among: sample.otherDigests)?.found)
            sample.otherDigests = [.init(algorithm: algorithm, hex: found.uppercased())]
            #expect(try await fixture.download(sample) == sample.bytes)
            try await fixture.expectKept(sample)
        }
    }

    @Test("without room in the spool clients get their bytes, nothing is kept, and the log says so once")
    func fullSpool() async throws {
        var settings = FetchFixture.Settings()
        settings.spoolCapacity = 1 << 20
        try await FetchFixture.run(settings) { fixture in
            let sample = try RemoteSample(size: 12 << 20)
            fixture.upstream.set(sample.bytes, at: sample.url)
            let gate = TestGate()
            fixture.upstream.hold(.open, at: gate)
            try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
                for _ in 0..<3 { group.addTask { try await fixture.download(sample) } }
                while fixture.registry.metrics.files.count(of: .hit) < 2 { try await Task.sleep(for: .milliseconds(1)) }
                gate.open()
                for try await bytes in group { #expect(bytes == sample.bytes) }
            }
            #expect(fixture.upstream.openedFiles.count == 1)
            try await fixture.expectNothingKept()
            #expect(fixture.log.events("not-kept").count == 1)
            // Who comes later has a fetch of their own.
            #expect(try await fixture.download(sample) == sample.bytes)
            #expect(fixture.upstream.openedFiles.count == 2)
        }
    }

    @Test("a disk that fills up while a file comes in costs no client its bytes", arguments: [0, 1, 3, 8])
    func fullDisk(after calls: Int) async throws {
        // Nil until the spool is open: how many calls more succeed.
        let left = Mutex<Int?>(nil)
        var settings = FetchFixture.Settings()
        settings.spoolCalls = .failing(ENOSPC) {
            left.withLock { left in
                left = left.map { $0 - 1 }
                return left.map { $0 < 0 } ?? false
            }
        }
        try await FetchFixture.run(settings) { fixture in
            let sample = try RemoteSample(size: 5 << 20)
            fixture.upstream.set(sample.bytes, at: sample.url)
            left.withLock { $0 = calls }
            #expect(try await fixture.download(sample) == sample.bytes)
            try await fixture.waitForFetches()
            #expect(try await fixture.storedKeys() == [])
            #expect(fixture.log.events("not-kept").count == 1)
            // With room again, it is kept.
            left.withLock { $0 = nil }
            #expect(try await fixture.download(sample) == sample.bytes)
            try await fixture.expectKept(sample)
        }
    }

    @Test("a storage without room costs no client its bytes, and the log says so once")
    func fullStorage() async throws {
        let isFull = Atomic(false)
        var settings = FetchFixture.Settings()
        settings.storageCalls = .failing(ENOSPC) { isFull.load(ordering: .relaxed) }
        try await FetchFixture.run(settings) { fixture in
            let sample = try RemoteSample(size: 1 << 20)
            fixture.upstream.set(sample.bytes, at: sample.url)
            isFull.store(true, ordering: .relaxed)
            #expect(try await fixture.download(sample) == sample.bytes)
            try await fixture.expectNothingKept()
            #expect(fixture.log.events("not-kept").count == 1)
            isFull.store(false, ordering: .relaxed)
            #expect(try await fixture.download(sample) == sample.bytes)
            try await fixture.expectKept(sample)
        }
    }

    @Test("a wrong digest is found out without room in the spool too, before the end leaves")
    func relayedMismatch() async throws {
        var settings = FetchFixture.Settings()
        settings.spoolCapacity = 1000
        try await FetchFixture.run(settings) { fixture in
            var sample = try RemoteSample(size: 2 << 20)
            sample.stated = SHA256Digest(hashing: [1])
            fixture.upstream.set(sample.bytes, at: sample.url)
            var got = 0
            await #expect(throws: (any Error).self) {
                try await fixture.offered(sample).whole().forEachBlock { got += $0.readableBytes }
            }
            #expect(got <= Int(sample.size) - 65_536)
            try await fixture.expectNothingKept()
        }
    }

    @Test("bytes that cannot be spooled are taken from upstream no faster than the slowest client reads")
    func bounded() async throws {
        var settings = FetchFixture.Settings()
        settings.spoolCapacity = 1000
        settings.limits.windowSize = 1 << 20
        try await FetchFixture.run(settings) { fixture in
            let sample = try RemoteSample(size: 8 << 20)
            fixture.upstream.set(sample.bytes, at: sample.url)
            let stream = try await fixture.offered(sample).whole()
            var got = ByteBuffer()
            var isFirst = true
            try await stream.forEachBlock { block in
                if isFirst { try await Task.sleep(for: .milliseconds(300)) }
                isFirst = false
                got.writeImmutableBuffer(block)
                #expect(fixture.upstream.bytesSent <= Int64(got.readableBytes) + (1 << 20) + (1 << 18))
            }
            #expect(got == sample.bytes)
        }
    }

    @Test("a client that stops reading such a file is cut off, so that others get theirs")
    func stalled() async throws {
        var settings = FetchFixture.Settings()
        settings.spoolCapacity = 1000
        settings.limits.windowSize = 1 << 20
        settings.limits.idleTimeout = .seconds(1)
        try await FetchFixture.run(settings) { fixture in
            let sample = try RemoteSample(size: 6 << 20)
            let gate = TestGate()
            fixture.upstream.hold(.open, at: gate)
            fixture.upstream.set(sample.bytes, at: sample.url)
            let offered = try await fixture.offered(sample)
            async let first = offered.whole()
            async let second = offered.whole()
            while fixture.registry.metrics.files.count(of: .hit) < 1 { try await Task.sleep(for: .milliseconds(1)) }
            gate.open()
            let (stalled, lively) = try await (first, second)
            #expect(try await FetchFixture.read(lively) == sample.bytes)
            await #expect(throws: BrokenFetch.self) { try await FetchFixture.read(stalled) }
        }
    }

    @Test("a client that takes a block now and then of such a file is cut off too")
    func trickling() async throws {
        var settings = FetchFixture.Settings()
        settings.spoolCapacity = 1000
        settings.limits.windowSize = 1 << 20
        settings.limits.idleTimeout = .seconds(1)
        try await FetchFixture.run(settings) { fixture in
            let sample = try RemoteSample(size: 6 << 20)
            fixture.upstream.set(sample.bytes, at: sample.url)
            let slow = try await fixture.offered(sample).whole()
            await #expect(throws: BrokenFetch.self) {
                try await slow.forEachBlock { _ in try await Task.sleep(for: .milliseconds(900)) }
            }
            try await fixture.waitForFetches()
            #expect(fixture.registry.fetching.fetches.slots.free == settings.limits.maxConcurrent)
        }
    }

    @Test("bytes that cannot be kept are not fetched for nobody")
    func abandoned() async throws {
        var settings = FetchFixture.Settings()
        settings.spoolCapacity = 1000
        settings.limits.windowSize = 1 << 20
        try await FetchFixture.run(settings) { fixture in
            let sample = try RemoteSample(size: 32 << 20)
            fixture.upstream.set(sample.bytes, at: sample.url)
            do { _ = try await fixture.offered(sample).whole() }
            try await fixture.waitForFetches()
            #expect(fixture.upstream.bytesSent < 4 << 20)
            #expect(fixture.upstream.openBodies == 0)
        }
    }
}
