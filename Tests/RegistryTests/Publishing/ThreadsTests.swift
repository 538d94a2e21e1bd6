import Dispatch
import NIOPosix
import PackagingStandards
import RegistryTestSupport
import Testing

@testable import Registry

@Suite("The threads of the registry")
struct ThreadsTests {
    @Test("a check of an archive that takes long holds up no compression")
    func compression() async throws {
        let (workers, compressors) = (NIOThreadPool(numberOfThreads: 1), NIOThreadPool(numberOfThreads: 1))
        for pool in [workers, compressors] { pool.start() }
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), workers: workers, compressors: compressors)
        for version in 1...20 { try await Upload("sample", "\(version)").publish(to: installation) }
        let release = DispatchSemaphore(value: 0)
        workers.submit { _ in release.wait() }
        let key = PageKey(
            index: .main, subject: .project(try #require(NormalizedName("sample"))), format: .json)
        func isCompressed() async throws -> Bool {
            let page = try await installation.registry.pages.project(
                try #require(NormalizedName("sample")), format: .json, encoding: .gzip, in: .main, caller: .anonymous)
            guard case .page = page else { return false }
            return installation.registry.invalidation.pages.kept(key, now: .now())?.isSettled(.gzip) == true
        }
        while try await !isCompressed() { try await Task.sleep(for: .milliseconds(5)) }
        release.signal()
        await installation.close()
        for pool in [workers, compressors] { try await pool.shutdownGracefully() }
    }

    @Test("nor a page of an upstream", .timeLimit(.minutes(1)))
    func upstreamPage() async throws {
        let workers = NIOThreadPool(numberOfThreads: 2)
        workers.start()
        let upstream = InMemoryUpstream()
        upstream.serve("six", [try UpstreamSample("six", "1.0")])
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching()], upstreams: [upstream], workers: workers,
            compressors: .singleton)
        let release = DispatchSemaphore(value: 0)
        for _ in 0..<4 { workers.submit { _ in release.wait() } }
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == ["six-1.0-py3-none-any.whl"])
        for _ in 0..<4 { release.signal() }
        await installation.close()
        try await workers.shutdownGracefully()
    }
}
