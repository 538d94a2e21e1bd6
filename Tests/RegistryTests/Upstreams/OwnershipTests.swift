import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("Which upstream has a project")
struct OwnershipTests {
    private let first = InMemoryUpstream(id: "first", url: "https://first.example/simple/")
    private let second = InMemoryUpstream(id: "second", url: "https://second.example/simple/")
    private let clock = TestClock()

    private func open() async throws -> TestInstallation {
        try await TestInstallation.open(
            try TestInstallation.Place(), indexes: [.caching(.main, [.remote("first"), .remote("second")])],
            upstreams: [first, second], clock: clock.clock)
    }

    private func origin(in installation: TestInstallation) async throws -> ProjectOrigin? {
        try await installation.database.standing(of: try projectName("six"), in: .main).origin
    }

    private static func page(
        versions: [String] = [], status: ProjectStatus = .active, files: [SimpleFile] = []
    ) -> SimpleProjectPage {
        SimpleProjectPage(name: "six", files: files, versions: versions, status: status, lastSerial: 0)
    }

    @Test("an empty page of one that owns nothing yet leads to the next, and binds the name to nobody")
    func empty() async throws {
        let installation = try await open()
        first.set(Self.page())
        #expect(try await ReadPage("six", of: installation.registry) == nil)
        #expect(try await origin(in: installation) == nil)
        second.serve("six", [try UpstreamSample("six", "2.0")])
        clock.advance(seconds: 700)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == ["six-2.0-py3-none-any.whl"])
        #expect(try await origin(in: installation) == .upstream("second"))
        await installation.close()
    }

    static let known: [SimpleProjectPage] = [
        page(status: .quarantined), page(status: .archived), page(versions: ["1.0"]),
        page(files: [
            SimpleFile(
                filename: "six-1.0.txt", url: "https://f.example/six-1.0.txt", sha256: nil, size: 1, uploadTime: nil)
        ]),
    ]

    @Test("a page without usable files that says anything of the project does not", arguments: known)
    func stated(_ page: SimpleProjectPage) async throws {
        let installation = try await open()
        first.set(page)
        second.serve("six", [try UpstreamSample("six", "666.0")])
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == [])
        #expect(second.askedPages.isEmpty)
        #expect(try await origin(in: installation) == .upstream("first"))
        await installation.close()
    }

    @Test("the owner's page may become empty: no other is asked")
    func emptied() async throws {
        let installation = try await open()
        first.serve("six", [try UpstreamSample("six", "1.0")])
        second.serve("six", [try UpstreamSample("six", "666.0")])
        _ = try await ReadPage("six", of: installation.registry)
        first.set(Self.page())
        clock.advance(seconds: 700)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == [])
        #expect(second.askedPages.isEmpty)
        await installation.close()
    }

    @Test(
        "one that sends elsewhere for a project that it owns nothing of doesn't have it; the owner fails, and is kept to"
    )
    func elsewhere() async throws {
        let installation = try await open()
        first.fail([.page], .leadsElsewhere)
        second.serve("six", [try UpstreamSample("six", "2.0")])
        #expect(try await ReadPage("nope", of: installation.registry) == nil)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == ["six-2.0-py3-none-any.whl"])
        #expect(try await origin(in: installation) == .upstream("second"))
        first.heal()
        first.serve("six", [try UpstreamSample("six", "666.0")])
        second.fail([.page], .leadsElsewhere)
        clock.advance(seconds: 700)
        #expect(try await ReadPage("six", of: installation.registry)?.filenames == ["six-2.0-py3-none-any.whl"])
        clock.advance(seconds: 31 * 86_400)
        let error = await #expect(throws: RegistryError.self) { try await ReadPage("six", of: installation.registry) }
        #expect(error?.code == .unavailable)
        await installation.close()
    }
}
