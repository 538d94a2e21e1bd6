import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@Suite("A policy")
struct PolicyOnPagesTests {
    private let upstream = InMemoryUpstream()
    private let clock = TestClock()
    private static let day: Int64 = 86400 * 1_000_000

    private func open(_ policy: IndexPolicy) async throws -> TestInstallation {
        try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching(policy: policy)], upstreams: [upstream],
            clock: clock.clock)
    }

    private func status(
        of sample: UpstreamSample, in installation: TestInstallation
    ) async -> RegistryError.Code? {
        do {
            let digest = try #require(SHA256Digest(hex: sample.file.sha256 ?? ""))
            _ = try await installation.registry.downloads.file(
                at: FileAddress(index: .main, sha256: digest, filename: sample.file.filename), caller: .anonymous)
            return nil
        } catch {
            return (error as? RegistryError)?.code
        }
    }

    @Test("holds young files back from pages and downloads until the moment that they are old enough")
    func age() async throws {
        let young = try UpstreamSample("six", "2.0", uploadTime: clock.now.adding(microseconds: -Self.day))
        let old = try UpstreamSample("six", "1.0")
        upstream.serve("six", [old, young], freshFor: 30 * 86400)
        let installation = try await open(IndexPolicy(minAge: 7 * Self.day))
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == [old.file.filename])
        #expect(await status(of: young, in: installation) == .blocked)
        clock.advance(seconds: 6 * 86400 - 1)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == [old.file.filename])
        clock.advance(seconds: 1)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 2)
        #expect(await status(of: young, in: installation) == nil)
        await installation.close()
    }

    @Test("counts the age of a file without an upload-time from its first sight, and again when its digest changes")
    func firstSight() async throws {
        let installation = try await open(IndexPolicy(minAge: 7 * Self.day))
        let sample = try UpstreamSample("six", "1.0", uploadTime: nil)
        upstream.serve("six", [sample])
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == [])
        clock.advance(seconds: 8 * 86400)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 1)
        var changed = sample.file
        changed.sha256 = String(repeating: "ab", count: 32)
        upstream.set(SimpleProjectPage(name: "six", files: [changed], versions: [], lastSerial: 0))
        clock.advance(seconds: 700)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == [])
        clock.advance(seconds: 8 * 86400)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 1)
        await installation.close()
    }

    @Test("leaves what is published here alone, but for what it denies")
    func published() async throws {
        let denied = try #require(ProjectRequirement("ours<2"))
        let installation = try await open(IndexPolicy(minAge: 7 * Self.day, deny: [denied], wheelsOnly: true))
        try await Upload("ours", "1.0").publish(to: installation)
        let allowed = try Upload("ours", "2.0")
        try await allowed.publish(to: installation)
        #expect(try await ReadPage("ours", of: installation.registry)?.filenames == [allowed.filename])
        await installation.close()
    }
}
