import FileStorage
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("What is copied from an upstream is bounded")
struct UpstreamBoundsTests {
    @Test("longer texts of its page and of its wheels are left out, and nothing else")
    func longTexts() async throws {
        let upstream = InMemoryUpstream()
        let long = String(repeating: "\"", count: 1 << 20)
        var wheel = WheelBuilder(name: "six", version: "1.0")
        wheel.headers = [("Summary", long), ("Requires-Python", ">=3.\(String(repeating: "0", count: 600))")]
        let bytes = ByteBuffer(bytes: try wheel.build())
        var file = try UpstreamSample(wheel: wheel.filename, bytes).file
        file.requiresPython = long
        file.yanked = .yes(reason: long)
        upstream.serve("six", [UpstreamSample(file: file, bytes: bytes)])
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching()], upstreams: [upstream])
        func listed() async throws -> SimpleFile? {
            try await ReadPage("six", of: installation.registry)?.page.files.first
        }
        let before = try #require(try await listed())
        #expect(before.requiresPython == nil)
        #expect(before.yanked == .yes(reason: nil))
        let address = FileAddress(index: .main, sha256: SHA256Digest(hashing: bytes), filename: wheel.filename)
        #expect(try await installation.bytes(at: address) == bytes)
        while try await installation.database.cachedFiles(in: nil).isEmpty {
            try await Task.sleep(for: .milliseconds(5))
        }
        let record = try #require(try await installation.database.project(try projectName("six"), in: .main))
        #expect(record.files.map(\.requiresPython) == [nil])
        #expect(try await listed()?.requiresPython == nil)
        // All of the core metadata are served nevertheless.
        #expect(Array(buffer: try await installation.bytes(at: address, isMetadata: true)) == wheel.metadataBytes)
        try await installation.registry.outbox.flush()
        for manifest in try await installation.storage.objects(StorageKey.manifestsPrefix) {
            #expect(manifest.size < 8192)
        }
        #expect(try await installation.registry.rebuilding.rebuild().oversized.isEmpty)
        await installation.close()
    }

    @Test("the JSON API shows no core metadata that are too large for it")
    func jsonAPI() async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        try await Upload("big", "1", headers: [("Keywords", String(repeating: "k,", count: 1_100_000))])
            .publish(to: installation)
        let page = try await installation.registry.pages.projectJSON(
            try projectName("big"), version: nil, in: .main, indexURL: "http://h/", caller: .anonymous)
        #expect(page.identity.bytes.readableBytes < 8192)
        #expect(String(buffer: page.identity.bytes).contains("\"version\":\"1\""))
        await installation.close()
    }
}
