import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

/// An index that everyone reads, and only some may fill.
@Suite("What anonymous callers see of upstreams")
struct AnonymousListingTests {
    private let upstream = InMemoryUpstream(id: "pypi", url: "https://pypi.example/simple/")
    private let clock = TestClock()
    private let bob = Caller.person(Person(id: 3, name: "bob", isAdministrator: false, groups: []))

    private func open(_ cacheUpdate: [Principal], behind: Bool = false) async throws -> TestInstallation {
        let corp = try #require(IndexName("corp"))
        let access = AccessLists(cacheUpdate: cacheUpdate)
        let filled = IndexSettings.caching(behind ? corp : .main, access: access)
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), indexes: behind ? [.caching(.main, [.index(corp)]), filled] : [filled],
            upstreams: [upstream], clock: clock.clock)
        upstream.serve(
            "six", [try UpstreamSample("six", "1.0", coreMetadata: .unhashed), try UpstreamSample("six", "2.0")])
        return installation
    }

    private func address(_ page: ReadPage, _ position: Int) throws -> FileAddress {
        let file = page.page.files[position]
        let digest = try #require(file.sha256.flatMap { SHA256Digest(hex: $0) })
        return FileAddress(index: .main, sha256: digest, filename: file.filename)
    }

    @Test("everything is listed, and a login is asked for at the download", arguments: [true, false])
    func listed(behind: Bool) async throws {
        let installation = try await open([.user("alice")], behind: behind)
        let registry = installation.registry
        let page = try #require(try await ReadPage("six", of: registry))
        #expect(page.filenames.count == 2)
        for isMetadata in [true, false] {
            let error = await #expect(throws: RegistryError.self) {
                try await registry.downloads.file(at: try address(page, 0), isMetadata: isMetadata, caller: .anonymous)
            }
            #expect(error?.code == .authenticationRequired)
        }
        #expect(upstream.openedFiles.isEmpty, "nobody fetched anything")
        // What a caller with the right has fetched is there for everyone.
        let entry = try await registry.downloads.file(at: try address(page, 1), caller: TestInstallation.alice)
        guard case .offered(let offered) = entry.contents else {
            Issue.record("kept already")
            return
        }
        try await offered.whole().forEachBlock { _ in }
        await registry.fetching.stop()
        _ = try await registry.downloads.file(at: try address(page, 1), caller: .anonymous)
        #expect(try await ReadPage("six", of: registry)?.filenames.count == 2)
        await installation.close()
    }

    @Test("people who are known and may not fetch see what is kept, and so does everybody if nobody may")
    func unlisted() async throws {
        let installation = try await open([.user("alice")])
        #expect(try await ReadPage("six", of: installation.registry)?.filenames.count == 2)
        #expect(try await ReadPage("six", of: installation.registry, caller: bob) == nil)
        await installation.close()
        let frozen = try await open([])
        #expect(try await ReadPage("six", of: frozen.registry) == nil)
        await frozen.close()
    }
}
