import LocalFiles
import NIOCore
import PackagingStandards
import RegistryTestSupport
import SQLDatabase
import Testing

@testable import Registry

@Suite("Fetching an upstream's file")
struct FetchTests {
    @Test(
        "many who ask at once cost one fetch, all get the right bytes, and the file is kept", arguments: [10, 3 << 20])
    func once(size: Int) async throws {
        try await FetchFixture.run { fixture in
            let sample = try RemoteSample(size: size)
            let gate = TestGate()
            fixture.upstream.set(sample.bytes, at: sample.url)
            fixture.upstream.hold(.open, at: gate)
            try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
                for _ in 0..<20 { group.addTask { try await fixture.download(sample) } }
                await gate.waitForArrivals(1)
                gate.open()
                for try await bytes in group { #expect(bytes == sample.bytes) }
            }
            try await fixture.expectKept(sample)
            #expect(fixture.upstream.openedFiles == [sample.url])
            #expect(fixture.registry.metrics.bytesFetched.value == sample.size)
            #expect(fixture.upstream.openBodies == 0)
            let metadata = try await fixture.registry.downloads.file(
                at: sample.address, isMetadata: true, caller: .anonymous)
            #expect(metadata.entityTag != nil)
            #expect(fixture.log.lines.isEmpty)
        }
    }

    @Test("bytes reach a client while others come in, but for the last 64 KiB", arguments: [true, false])
    func heldBack(tellsSize: Bool) async throws {
        try await FetchFixture.run { fixture in
            var sample = try RemoteSample(size: 1 << 20)
            sample.tellsSize = tellsSize
            let slow = SlowBody()
            fixture.upstream.set(
                InMemoryUpstream.File(sample.bytes, tellsSize: tellsSize, slowBody: slow), at: sample.url)
            slow.release(500_000)
            let (reader, _) = try fixture.registry.fetching.fetches.reader(
                of: fixture.remote(sample), spool: fixture.registry.spool
            ) { await fixture.registry.fetching.run($0) }
            #expect(try await reader.start() == (tellsSize ? sample.size : nil))
            var got = ByteBuffer()
            let early = tellsSize ? 500_000 : 500_000 - 65_536
            while got.readableBytes < early {
                var block = try #require(try await reader.next())
                #expect(block.readableBytes <= FileFetch.readSize)
                got.writeBuffer(&block)
            }
            #expect(got.readableBytes == early)
            // All but the very last byte: the end is still held back.
            slow.release(sample.size - 500_000 - 1)
            while got.readableBytes < Int(sample.size) - 65_536 - (tellsSize ? 0 : 1) {
                var block = try #require(try await reader.next())
                got.writeBuffer(&block)
            }
            #expect(got.readableBytes == Int(sample.size) - 65_536 - (tellsSize ? 0 : 1))
            slow.releaseAll()
            while var block = try await reader.next() { got.writeBuffer(&block) }
            #expect(got == sample.bytes)
            try await fixture.expectKept(sample)
        }
    }

    @Test("a wrong digest cuts everybody off before the end, keeps nothing, and is an event in the log")
    func mismatch() async throws {
        try await FetchFixture.run { fixture in
            var sample = try RemoteSample(size: 1 << 20)
            fixture.upstream.set(sample.bytes, at: sample.url)
            sample.stated = SHA256Digest(hashing: [1, 2, 3])
            var got = 0
            await #expect(throws: (any Error).self) {
                try await fixture.offered(sample).whole().forEachBlock { got += $0.readableBytes }
            }
            #expect(got <= Int(sample.size) - 65_536)
            try await fixture.expectNothingKept()
            #expect(fixture.log.events("digest-mismatch").count == 1)
            #expect(fixture.log.events("digest-mismatch").first?.contains("\(sample.digest)") == true)
            #expect(fixture.registry.metrics.digestMismatches.value == 1)
        }
    }

    @Test("a small file with a wrong digest is an error that says to try later, not a cut connection")
    func smallMismatch() async throws {
        try await FetchFixture.run { fixture in
            var sample = try RemoteSample(size: 100)
            fixture.upstream.set(sample.bytes, at: sample.url)
            sample.stated = SHA256Digest(hashing: [1, 2, 3])
            let error = await #expect(throws: RegistryError.self) { try await fixture.offered(sample).whole() }
            #expect(error?.code == .unavailable)
            try await fixture.expectNothingKept()
        }
    }

    @Test("who leaves does not stop the fetch")
    func leaving() async throws {
        try await FetchFixture.run { fixture in
            let sample = try RemoteSample(size: 1 << 20)
            let slow = SlowBody()
            fixture.upstream.set(InMemoryUpstream.File(sample.bytes, slowBody: slow), at: sample.url)
            slow.release(300_000)
            let offered = try await fixture.offered(sample)
            let client = Task { try await FetchFixture.read(try await offered.whole()) }
            while fixture.upstream.bytesSent < 300_000 { try await Task.sleep(for: .milliseconds(1)) }
            client.cancel()
            await #expect(throws: CancellationError.self) { try await client.value }
            slow.releaseAll()
            try await fixture.expectKept(sample)
        }
    }

    @Test("a client that reads nothing keeps nobody from the file")
    func slowReader() async throws {
        try await FetchFixture.run { fixture in
            let sample = try RemoteSample(size: 4 << 20)
            fixture.upstream.set(sample.bytes, at: sample.url)
            let offered = try await fixture.offered(sample)
            let stream = try await offered.whole()
            #expect(try await FetchFixture.read(try await offered.whole()) == sample.bytes)
            try await fixture.expectKept(sample)
            // The file that it reads is not in the spool any more, and still open.
            #expect(try await FetchFixture.read(stream) == sample.bytes)
            #expect(fixture.upstream.openedFiles.count == 1)
        }
    }

    @Test("a part comes from the fetch if it is received already, else from upstream, which caches nothing")
    func parts() async throws {
        try await FetchFixture.run { fixture in
            let sample = try RemoteSample(size: 1 << 20)
            let slow = SlowBody()
            fixture.upstream.set(InMemoryUpstream.File(sample.bytes, slowBody: slow), at: sample.url)
            let offered = try await fixture.offered(sample)
            let passed = try #require(try await offered.part(10..<2000))
            #expect(try await FetchFixture.read(passed) == sample.bytes.getSlice(at: 10, length: 1990))
            try await fixture.expectNothingKept()

            slow.release(400_000)
            let whole = try await offered.whole()
            while fixture.registry.fetching.fetches.running(HeldFileKey(try fixture.remote(sample)))?
                .reader(of: 100_000..<390_000) == nil
            { try await Task.sleep(for: .milliseconds(1)) }
            fixture.upstream.forgetRequests()
            let here = try #require(try await offered.part(100_000..<390_000))
            #expect(try await FetchFixture.read(here) == sample.bytes.getSlice(at: 100_000, length: 290_000))
            #expect(fixture.upstream.requests.isEmpty)
            let end = (sample.size - 100)..<sample.size
            let rest = try #require(try await offered.part(end))
            #expect(try await FetchFixture.read(rest).readableBytes == 100)
            #expect(fixture.upstream.requests == [.open(sample.url, range: .bytes(end))])
            slow.releaseAll()
            #expect(try await FetchFixture.read(whole) == sample.bytes)
            try await fixture.expectKept(sample)
        }
    }

    @Test("a file that takes another one's name while that is fetched is fetched apart")
    func replacedMeanwhile() async throws {
        try await FetchFixture.run { fixture in
            let old = try RemoteSample(size: 1 << 20)
            let new = try RemoteSample(size: 1 << 20)
            let slow = SlowBody()
            fixture.upstream.set(InMemoryUpstream.File(old.bytes, slowBody: slow), at: old.url)
            slow.release(400_000)
            let first = try await fixture.offered(old).whole()
            fixture.upstream.set(new.bytes, at: new.url)
            #expect(try await FetchFixture.read(fixture.offered(new).whole()) == new.bytes)
            slow.releaseAll()
            #expect(try await FetchFixture.read(first) == old.bytes)
        }
    }

    @Test("one index's bound on sizes is not another's, also while the file is fetched", arguments: [true, false])
    func boundOfOne(tellsSize: Bool) async throws {
        try await FetchFixture.run { fixture in
            var free = try RemoteSample(size: 1 << 20)
            free.tellsSize = false
            var bound = free
            bound.maxSize = 1000
            let slow = SlowBody()
            fixture.upstream.set(
                InMemoryUpstream.File(free.bytes, tellsSize: tellsSize, slowBody: slow), at: free.url)
            slow.release(400_000)
            let first = try await fixture.offered(free).whole()
            let error = await #expect(throws: RegistryError.self) { try await fixture.offered(bound).whole() }
            #expect(error?.code == .blocked)
            slow.releaseAll()
            #expect(try await FetchFixture.read(first) == free.bytes)
        }
    }

    @Test("an upstream that serves no parts is not asked to: the file comes whole")
    func noParts() async throws {
        try await FetchFixture.run { fixture in
            let sample = try RemoteSample(size: 1000)
            fixture.upstream.set(InMemoryUpstream.File(sample.bytes, servesRanges: false), at: sample.url)
            #expect(try await fixture.offered(sample).part(0..<10) == nil)
            #expect(fixture.upstream.openBodies == 0)
        }
    }

    @Test("the size is what the page says, else what the upstream does, else what the whole file shows")
    func sizes() async throws {
        try await FetchFixture.run { fixture in
            var sample = try RemoteSample(size: 1000)
            fixture.upstream.set(sample.bytes, at: sample.url)
            #expect(try await fixture.offered(sample).size() == sample.size)
            #expect(fixture.upstream.requests.isEmpty)
            sample.tellsSize = false
            for _ in 0..<3 { #expect(try await fixture.offered(sample).size() == sample.size) }
            #expect(fixture.upstream.requests == [.size(sample.url)])

            var silent = try RemoteSample("silent", size: 1000)
            silent.tellsSize = false
            fixture.upstream.set(InMemoryUpstream.File(silent.bytes, tellsSize: false), at: silent.url)
            #expect(try await fixture.offered(silent).size() == nil)
            #expect(try await fixture.offered(silent).learnedSize() == silent.size)
        }
    }

    @Test("no more fetches run at once than there are slots for; the others wait")
    func slots() async throws {
        var settings = FetchFixture.Settings()
        settings.limits.maxConcurrent = 2
        try await FetchFixture.run(settings) { fixture in
            let samples = try (0..<6).map { try RemoteSample("sample-\($0)", size: 1000) }
            let gate = TestGate()
            fixture.upstream.hold(.open, at: gate)
            for sample in samples { fixture.upstream.set(sample.bytes, at: sample.url) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sample in samples {
                    group.addTask {
                        let bytes = try await fixture.download(sample)
                        #expect(bytes == sample.bytes)
                    }
                }
                await gate.waitForArrivals(2)
                while fixture.registry.fetching.count < 6 { try await Task.sleep(for: .milliseconds(1)) }
                #expect(gate.arrivals == 2)
                gate.open()
                try await group.waitForAll()
            }
        }
    }

    @Test("an archive that our readers refuse is kept all the same, without metadata")
    func refusedArchive() async throws {
        try await FetchFixture.run { fixture in
            let sample = RemoteSample(broken: "strange", size: 200_000)
            fixture.upstream.set(sample.bytes, at: sample.url)
            #expect(try await fixture.download(sample) == sample.bytes)
            try await fixture.expectKept(sample)
            let location = try await fixture.database.file(at: sample.address, now: .now())
            #expect(location?.metadataDigest == nil)
        }
    }

    @Test("metadata that were served for a wheel and are not its own are an event in the log")
    func metadataMismatch() async throws {
        try await FetchFixture.run { fixture in
            var sample = try RemoteSample(size: 1000)
            sample.pin = UpstreamPin(
                filename: sample.filename, sha256: sample.digest, metadataDigest: SHA256Digest(hashing: [1]),
                metadataSize: 1, firstSeenAt: .now())
            fixture.upstream.set(sample.bytes, at: sample.url)
            _ = try await fixture.download(sample)
            try await fixture.expectKept(sample)
            #expect(fixture.log.events("metadata-mismatch").count == 1)
        }
    }

    @Test("what is learned of a file keeps the time of its upload, with a digest on the page and without")
    func birth() async throws {
        try await FetchFixture.run { fixture in
            for isStated in [true, false] {
                var sample = try RemoteSample(isStated ? "stated" : "unstated", size: 1000)
                if !isStated { sample.stated = nil }
                sample.birth = Timestamp(microseconds: 1_500_000_000_000_000)
                fixture.upstream.set(sample.bytes, at: sample.url)
                _ = try await fixture.download(sample)
                try await fixture.expectKept(sample)
                let pins = try await fixture.database.pins(of: projectName(sample.project), from: fixture.upstream.id)
                #expect(pins[sample.filename]?.sha256 == sample.digest)
                #expect(pins[sample.filename]?.firstSeenAt == sample.birth)
            }
        }
    }

    @Test("the end of the server ends fetches, and no others begin")
    func stopping() async throws {
        try await FetchFixture.run { fixture in
            let sample = try RemoteSample(size: 1 << 20)
            fixture.upstream.set(InMemoryUpstream.File(sample.bytes, slowBody: SlowBody()), at: sample.url)
            let offered = try await fixture.offered(sample)
            let client = Task { try await offered.whole() }
            while fixture.upstream.openBodies == 0 { try await Task.sleep(for: .milliseconds(1)) }
            await fixture.registry.fetching.stop()
            await #expect(throws: RegistryError.self) { try await client.value }
            await #expect(throws: RegistryError.self) { try await offered.whole() }
            #expect(fixture.upstream.openBodies == 0)
            try await fixture.expectNothingKept()
        }
    }
}
