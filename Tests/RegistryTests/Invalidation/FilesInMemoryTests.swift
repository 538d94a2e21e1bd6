import NIOCore
import PackagingStandards
import RegistryTestSupport
import Testing

@testable import Registry

@Suite("Files in memory")
struct FilesInMemoryTests {
    private let clock = TestClock()

    private func isInMemory(_ address: FileAddress, _ installation: TestInstallation) -> Bool {
        let key = FileCache.Key(address: address, isMetadata: false)
        return installation.registry.invalidation.files.kept(key, now: clock.now) != nil
    }

    /// Publishes a file and reads it once.
    private func published(
        _ name: String, _ version: String = "1.0", in installation: TestInstallation
    ) async throws -> FileAddress {
        let upload = try Upload(name, version)
        try await upload.publish(to: installation)
        let address = FileAddress(
            index: .main, sha256: SHA256Digest(hashing: upload.bytes), filename: upload.filename)
        _ = try await installation.bytes(at: address)
        #expect(isInMemory(address, installation))
        return address
    }

    @Test("stay if an upstream has a new name, or a file of it is cached; a page that changes drops its project's")
    func upstreamNames() async throws {
        let upstream = InMemoryUpstream()
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching()], upstreams: [upstream], clock: clock.clock)
        let mine = try await published("mine", in: installation)
        let sample = try UpstreamSample("six", "1.0")
        upstream.serve("six", [sample])
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 1)
        #expect(isInMemory(mine, installation))
        let six = FileAddress(
            index: .main, sha256: SHA256Digest(hashing: sample.bytes), filename: sample.file.filename)
        _ = try await installation.bytes(at: six)
        while installation.registry.fetching.count > 0 { try await Task.sleep(for: .milliseconds(2)) }
        _ = try await installation.bytes(at: six)
        #expect(isInMemory(mine, installation) && isInMemory(six, installation))
        upstream.serve("six", [sample, try UpstreamSample("six", "2.0")])
        clock.advance(seconds: 700)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 2)
        #expect(isInMemory(mine, installation) && !isInMemory(six, installation))
        await installation.close()
    }

    @Test("stay if another process changes other projects, and leave if it changes theirs")
    func otherProcess() async throws {
        let place = try TestInstallation.Place()
        let server = try await TestInstallation.open(place, clock: clock.clock)
        let other = try await TestInstallation.open(place, clock: clock.clock)
        let mine = try await published("mine", in: server)
        let theirs = try await published("theirs", in: server)
        // As each request does.
        try await server.registry.freshness.ensureCurrent()
        #expect(isInMemory(mine, server) && isInMemory(theirs, server), "its own changes have dropped what they had to")
        _ = try await published("new", in: other)
        #expect(!server.registry.freshness.isCurrent)
        try await server.registry.freshness.ensureCurrent()
        #expect(isInMemory(mine, server) && isInMemory(theirs, server))
        _ = try await published("theirs", "2.0", in: other)
        try await server.registry.freshness.ensureCurrent()
        #expect(isInMemory(mine, server) && !isInMemory(theirs, server))
        await other.close()
        await server.close()
    }
}
