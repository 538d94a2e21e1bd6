import LocalFiles
import RegistryTestSupport
import Testing

@testable import Registry

/// A fetch that ends at any of its steps, as a crash would end it, and what is found when the server starts again.
@Suite("A crash at a step of caching")
struct FetchCrashTests {
    struct Crash: Error {}

    @Test(
        "leaves nothing half, and the next one who asks has the file kept",
        arguments: PublishStep.allCases, PublishObserver.Moment.allCases)
    func crash(step: PublishStep, moment: PublishObserver.Moment) async throws {
        let place = try TestInstallation.Place()
        let upstream = InMemoryUpstream()
        let sample = try RemoteSample(size: 100_000)
        upstream.set(sample.bytes, at: sample.url)
        var settings = FetchFixture.Settings()
        settings.observer = PublishObserver { if $0 == moment, $1 == step { throw Crash() } }
        let crashing = try await FetchFixture(place, upstream: upstream, settings)
        try? await crashing.registry.start()
        // Who downloads is not harmed.
        #expect(try await crashing.download(sample) == sample.bytes)
        try await crashing.waitForFetches()
        await crashing.close()

        let after = try await FetchFixture(place, upstream: upstream)
        try await after.registry.start()
        if case .offered = try await after.entry(sample).contents {
            #expect(try await after.download(sample) == sample.bytes)
        }
        try await after.expectKept(sample)
        _ = try await after.registry.sweeping.sweep(age: 0)
        try await after.expectKept(sample)
        #expect(try await after.storedKeys().count == 2)
        #expect(after.registry.spool.bytesInUse == 0)
        await after.close()
    }
}
