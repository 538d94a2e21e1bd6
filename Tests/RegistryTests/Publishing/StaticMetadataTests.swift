import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@Suite("A source distribution's core metadata")
struct StaticMetadataTests {
    static let cases: [(version: String, headers: [(name: String, value: String)], isStatic: Bool)] = [
        ("1.0", [], false), ("1.1", [], false), ("2.1", [], false), ("2.2", [], true), ("2.4", [], true),
        ("2.10", [], true), ("3.0", [], true),
        ("2.2", [("Dynamic", "Requires-Dist")], false), ("2.3", [("Dynamic", "requires-python")], false),
        ("2.4", [("Dynamic", "Summary"), ("Dynamic", "Provides-Extra")], false),
        ("2.2", [("Dynamic", "Version")], true), ("2.6", [("Dynamic", "Description"), ("Dynamic", "License")], true),
        ("2.2", [("Dynamic", "Summary, Requires-Dist")], false),
        ("2.1", [("Requires-Dist", "other")], false),
    ]

    @Test("is on pages and served only if it holds for every wheel (PEP 643)", arguments: cases)
    func published(version: String, headers: [(name: String, value: String)], isStatic: Bool) async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        var builder = SourceDistributionBuilder(name: "sample", version: "1.0")
        builder.metadataVersion = version
        builder.headers = headers
        let upload = try Upload(builder)
        try await upload.publish(to: installation)
        let page = try #require(try await ReadPage("sample", of: installation.registry))
        let digest = SHA256Digest(hashing: builder.metadataBytes).description
        #expect(page.page.files.map(\.coreMetadata) == [isStatic ? .sha256(digest) : .none])

        let address = FileAddress(
            index: .main, sha256: SHA256Digest(hashing: upload.bytes), filename: upload.filename)
        do {
            let bytes = try await installation.bytes(at: address, isMetadata: true)
            #expect(isStatic && Array(buffer: bytes) == builder.metadataBytes)
        } catch let error as RegistryError {
            #expect(!isStatic && error.code == .notFound)
        }
        // The JSON API shows it all the same.
        let json = try await installation.registry.pages.projectJSON(
            try projectName("sample"), version: nil, in: .main, indexURL: "http://h/", caller: .anonymous)
        #expect(String(buffer: json.identity.bytes).contains("\"metadata_version\":\"\(version)\""))
        try await installation.expectRebuildMakesEqualTables()
        #expect(try await ReadPage("sample", of: installation.registry)?.page.files == page.page.files)
        await installation.close()
    }
}
