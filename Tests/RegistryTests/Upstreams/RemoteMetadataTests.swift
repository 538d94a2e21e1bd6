import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@Suite("The core metadata of an upstream's file")
struct RemoteMetadataTests {
    private let upstream = InMemoryUpstream()

    private let clock = TestClock()

    private func open(policy: IndexPolicy = IndexPolicy()) async throws -> TestInstallation {
        try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching(policy: policy)], upstreams: [upstream],
            clock: clock.clock)
    }

    private func metadata(of sample: UpstreamSample, in installation: TestInstallation) async throws -> String {
        let digest = try #require(SHA256Digest(hex: sample.file.sha256 ?? ""))
        let entry = try await installation.registry.file(
            at: FileAddress(index: .main, sha256: digest, filename: sample.file.filename), isMetadata: true,
            caller: .anonymous)
        guard case .bytes(let bytes) = entry.contents else { return "" }
        return String(buffer: bytes)
    }

    @Test("is read out of the wheel by ranges where the upstream offers none, once, and has its digest on pages then")
    func ranges() async throws {
        let sample = try UpstreamSample("six", "1.0")
        upstream.serve("six", [sample])
        let installation = try await open()
        for _ in 0..<2 { #expect(try await metadata(of: sample, in: installation).contains("Name: six")) }
        let opened = upstream.requests.filter { $0.call == .open }
        #expect(opened.count == 1)
        #expect(!upstream.requests.contains(.open(sample.file.url, range: nil)))
        let page = try #require(try await ReadPage("six", of: installation.registry))
        let expected = SHA256Digest(hashing: ByteBuffer(string: try await metadata(of: sample, in: installation)))
        #expect(page.page.files.first?.coreMetadata == .sha256(expected.description))
        await installation.close()
    }

    @Test("is the upstream's where it offers one, and only with the digest that it tells")
    func offered() async throws {
        let text = "Metadata-Version: 2.1\nName: six\nVersion: 1.0\n"
        let digest = SHA256Digest(hashing: ByteBuffer(string: text)).description
        let honest = try UpstreamSample("six", "1.0", coreMetadata: .sha256(digest))
        let lying = try UpstreamSample("six", "2.0", coreMetadata: .sha256(digest))
        upstream.serve("six", [honest, lying])
        upstream.set(ByteBuffer(string: text), at: honest.file.url + ".metadata")
        upstream.set(ByteBuffer(string: text + "Requires-Dist: evil\n"), at: lying.file.url + ".metadata")
        let installation = try await open()
        #expect(try await metadata(of: honest, in: installation) == text)
        let error = await #expect(throws: RegistryError.self) { try await metadata(of: lying, in: installation) }
        #expect(error?.code == .unavailable)
        await installation.close()
    }

    @Test("comes with the whole wheel where the upstream serves no ranges")
    func wholeWheel() async throws {
        let sample = try UpstreamSample("six", "1.0")
        upstream.serve("six", [sample])
        upstream.set(InMemoryUpstream.File(sample.bytes, servesRanges: false), at: sample.file.url)
        let installation = try await open()
        #expect(try await metadata(of: sample, in: installation).contains("Name: six"))
        await installation.close()
    }

    @Test("is not to be had any more from the moment that an exception ends, or is removed")
    func endedException() async throws {
        let sample = try UpstreamSample("six", "1.0", uploadTime: clock.now)
        upstream.serve("six", [sample], freshFor: 86_400)
        let installation = try await open(policy: IndexPolicy(minAge: 7 * 86_400 * 1_000_000))
        func allow(for seconds: Int64) async throws -> PolicyException {
            try await installation.registry.addException(
                ExceptionRequest(
                    index: .main, project: try projectName("six"), version: nil, reason: "needed",
                    expiresAt: clock.now.adding(microseconds: seconds * 1_000_000)),
                caller: TestInstallation.administrator)
        }
        func isBlocked() async throws -> Bool {
            do {
                return try await !metadata(of: sample, in: installation).contains("Name: six")
            } catch let error as RegistryError where error.code == .blocked {
                return true
            }
        }
        #expect(try await isBlocked())
        _ = try await allow(for: 60)
        for _ in 0..<2 { #expect(try await !isBlocked()) }
        clock.advance(seconds: 61)
        #expect(try await isBlocked())
        let second = try await allow(for: 60)
        #expect(try await !isBlocked())
        try await installation.registry.removeException(
            second.id, in: .main, caller: TestInstallation.administrator)
        #expect(try await isBlocked())
        await installation.close()
    }

    @Test("is not to be had any more when the upstream has lost the file")
    func lostFile() async throws {
        let sample = try UpstreamSample("six", "1.0")
        upstream.serve("six", [sample])
        let installation = try await open()
        for _ in 0..<2 { #expect(try await metadata(of: sample, in: installation).contains("Name: six")) }
        upstream.serve("six", [try UpstreamSample("six", "2.0")])
        clock.advance(seconds: 601)
        let error = await #expect(throws: RegistryError.self) { try await metadata(of: sample, in: installation) }
        #expect(error?.code == .notFound)
        await installation.close()
    }
}
