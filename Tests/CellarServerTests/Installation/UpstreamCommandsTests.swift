import Dispatch
import HTTPTypes
import HummingbirdTesting
import NIOPosix
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import CellarServer

@Suite("The commands around upstreams")
struct UpstreamCommandsTests {
    /// A second server, whose index `main` is the upstream `other` of the installation under test.
    private struct Pair {
        let folder: TemporaryFolder
        let console: RecordingConsole
        let installation: Installation
        let other: LiveServer
    }

    private static let password = "correct horse"

    /// Runs a server with three wheels, and an installation that has it as an upstream.
    private func withPair(
        index: String = "", _ body: @escaping @Sendable (Pair) async throws -> Void
    ) async throws {
        let otherFolder = try TemporaryFolder()
        try await LiveServer.run(in: otherFolder, settings: "admin_password = \"\(Self.password)\"") { other in
            for wheel in [
                WheelBuilder(name: "spam", version: "1.0"), WheelBuilder(name: "spam", version: "2.0"),
                WheelBuilder(name: "eggs", version: "1.0"),
            ] {
                #expect(try await other.publish(wheel, as: "admin", Self.password).status == .ok)
            }
            let folder = try TemporaryFolder()
            let console = RecordingConsole()
            let settings = """
                [index.main]
                upstreams = ["other"]
                \(index)
                [upstream.other]
                url = "http://127.0.0.1:\(other.port)/main/simple/"
                retries = 0
                """
            let installation = Installation(
                configurationFile: try LiveServer.writeConfiguration(in: folder, settings: settings), environment: [:],
                console: console.console)
            try await body(Pair(folder: folder, console: console, installation: installation, other: other))
        }
    }

    private func requirements(_ text: String, _ folder: TemporaryFolder) throws -> PrefetchRequest {
        let path = "\(folder.path)/requirements.txt"
        try TestFile.write(text, to: path)
        return PrefetchRequest(files: [path], index: "main")
    }

    @Test("prefetch fetches and keeps what is listed, once, and it is served when the upstream is gone")
    func prefetch() async throws {
        try await withPair { pair in
            let request = try requirements("spam==1.0\neggs\n", pair.folder)
            try await pair.installation.prefetch(request)
            #expect(pair.console.printed.last?.hasPrefix("2 files fetched") == true)
            #expect(pair.console.notices.contains { $0.hasPrefix("eggs: took 1.0 (") })
            try await pair.installation.prefetch(request)
            #expect(pair.console.printed.last == "0 files fetched (0 bytes), 2 were cached already.")
            await pair.other.shutDown()
            let kept = try await pair.installation.using { parts in
                try await parts.registry.start()
                let project = try #require(NormalizedName("spam"))
                let files = try await ProjectFiles(of: project, in: .main, from: parts.registry)
                let entry = try #require(files.entries.first { $0.file.filename.contains("-1.0-") })
                return try await parts.registry.downloads.file(at: entry.address, caller: .anonymous)
            }
            if case .offered = kept.contents { Issue.record("the file is not kept") }
        }
    }

    @Test("archives whose checks take long hold up no page of an upstream", .timeLimit(.minutes(1)))
    func busyWorkers() async throws {
        try await withPair { pair in
            let versions = try await pair.installation.using { parts in
                try await parts.registry.start()
                let release = DispatchSemaphore(value: 0)
                defer { for _ in 0..<8 { release.signal() } }
                for _ in 0..<8 { parts.workers.submit { _ in release.wait() } }
                let project = try #require(NormalizedName("spam"))
                return try await ProjectFiles(of: project, in: .main, from: parts.registry).entries.count
            }
            #expect(versions == 2)
        }
    }

    @Test("prefetch says what cannot be fetched, and fails")
    func prefetchFailures() async throws {
        try await withPair { pair in
            let request = try requirements("spam==3.0\nmissing\neggs==1.0\n", pair.folder)
            let failure = await #expect(throws: CommandFailure.self) { try await pair.installation.prefetch(request) }
            #expect(failure?.code == .failed)
            #expect(pair.console.printed.last?.hasPrefix("1 files fetched") == true)
            let notices = pair.console.notices
            #expect(notices.contains { $0.hasPrefix("Not fetched: spam==3.0: the index main lists no such version") })
            #expect(notices.contains { $0.hasPrefix("Not fetched: missing: ") })
        }
    }

    @Test("cache list and prune show and forget what is kept")
    func cache() async throws {
        try await withPair { pair in
            try await pair.installation.prefetch(try requirements("spam==1.0\neggs==1.0\n", pair.folder))
            try await pair.installation.listCache(index: nil, project: nil)
            #expect(
                pair.console.printed.suffix(2).map { $0.prefix { $0 != " " } } == [
                    "main/eggs/eggs-1.0-py3-none-any.whl", "main/spam/spam-1.0-py3-none-any.whl",
                ])
            let all = CachePruning(
                index: "main", project: "Spam", olderThan: "0", largerThan: "1B", isDryRun: true)
            try await pair.installation.pruneCache(all)
            #expect(pair.console.notices.last?.hasPrefix("1 file would be pruned") == true)
            var forReal = all
            forReal.isDryRun = false
            try await pair.installation.pruneCache(forReal)
            #expect(pair.console.notices.last?.hasPrefix("1 file pruned") == true)
            try await pair.installation.listCache(index: "main", project: nil)
            #expect(pair.console.notices.last?.hasPrefix("1 file cached") == true)
        }
    }

    @Test(
        "prune refuses what is impossible, and to prune everything unasked",
        arguments: [
            CachePruning(index: nil, project: nil, olderThan: nil, largerThan: nil, isDryRun: false),
            CachePruning(index: nil, project: nil, olderThan: "soon", largerThan: nil, isDryRun: false),
            CachePruning(index: nil, project: nil, olderThan: nil, largerThan: "big", isDryRun: false),
            CachePruning(index: "none", project: nil, olderThan: nil, largerThan: nil, isDryRun: false),
            CachePruning(index: nil, project: "?", olderThan: nil, largerThan: nil, isDryRun: false),
        ])
    func wrongPruning(pruning: CachePruning) async throws {
        let folder = try TemporaryFolder()
        let installation = Installation(
            configurationFile: try LiveServer.writeConfiguration(in: folder), environment: [:],
            console: RecordingConsole().console)
        let failure = await #expect(throws: CommandFailure.self) { try await installation.pruneCache(pruning) }
        #expect(failure?.code == .usage)
    }

    @Test("claim makes a name this server's own, and prunes its cached files")
    func claim() async throws {
        try await withPair { pair in
            try await pair.installation.prefetch(try requirements("spam==1.0\n", pair.folder))
            try await pair.installation.claim(project: "Spam", index: "main")
            #expect(pair.console.printed.last?.hasPrefix("main/spam/spam-1.0-py3-none-any.whl") == true)
            #expect(pair.console.notices.last?.contains("spam is this server's own now") == true)
            let request = try requirements("spam==1.0\n", pair.folder)
            await #expect(throws: CommandFailure.self) { try await pair.installation.prefetch(request) }
            #expect(try await storedFiles(of: pair.installation) == 0)
        }
    }

    /// Distribution files, without metadata, that storage holds.
    private func storedFiles(of installation: Installation) async throws -> Int {
        try await installation.using { parts in
            try await parts.storage.objects(StorageKey.filesPrefix)
                .filter { $0.key.description.hasSuffix(".whl") }.count
        }
    }

    @Test("an exception lets a release through until it is removed")
    func exceptions() async throws {
        try await withPair(index: "min_age = \"7d\"") { pair in
            let request = try requirements("spam==1.0\n", pair.folder)
            await #expect(throws: CommandFailure.self) { try await pair.installation.prefetch(request) }
            try await pair.installation.addException(
                NewException(index: "main", project: "Spam", version: "1.0", reason: "needed", until: "2999-01-01"))
            #expect(pair.console.notices.last?.contains("spam 1.0, until 2999-01-01T00:00Z") == true)
            try await pair.installation.prefetch(request)
            try await pair.installation.listExceptions(index: "main", project: nil)
            let line = try #require(pair.console.printed.last)
            #expect(line.contains("by operator on ") && line.hasSuffix(": needed"))
            let id = try #require(Int64(line.prefix { $0 != " " }))
            try await pair.installation.removeException(id, index: "main")
            let failure = await #expect(throws: CommandFailure.self) {
                try await pair.installation.removeException(id, index: "main")
            }
            #expect(failure?.code == .failed)
        }
    }

    @Test("check asks every upstream, and says which fails")
    func check() async throws {
        try await withPair { pair in
            try await pair.installation.check(deep: false)
            #expect(pair.console.printed.contains { $0.hasPrefix("Upstream other: ok") })
            await pair.other.shutDown()
            // The other server answers until it has shut down.
            var failure: (any Error)?
            for _ in 0..<100 where failure == nil {
                do {
                    try await pair.installation.check(deep: false)
                    try await Task.sleep(for: .milliseconds(50))
                } catch {
                    failure = error
                }
            }
            #expect((failure as? CommandFailure)?.message == "The check found a problem.")
            #expect(pair.console.printed.contains { $0.hasPrefix("Upstream other: WRONG") })
        }
    }
}
