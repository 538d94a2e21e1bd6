import PackagingStandards
import RegistryTestSupport
import Testing

@testable import Registry

@Suite("What is known of a project")
struct ProjectDetailsTests {
    private static func detail(
        _ installation: TestInstallation, version: String? = nil, caller: Caller = TestInstallation.alice
    ) async throws -> ProjectDetail {
        try await installation.registry.details.detail(
            of: try Sample.name("shop"), version: version.flatMap { Version($0) }, in: .main, caller: caller)
    }

    @Test("is gathered from files, core metadata, rights and policies")
    func gathers() async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        try await Upload("needed", "1.0").publish(to: installation)
        try await Upload(
            "shop", "1.0",
            headers: [
                ("Summary", "A shop"), ("License-Expression", "MIT"), ("Requires-Python", ">=3.9"),
                ("Home-page", "https://example.com/"), ("Project-URL", "Bug Tracker, https://example.com/bugs"),
                ("Project-URL", "Evil, javascript:marker()"), ("Project-URL", "source, https://example.com/src"),
                ("Requires-Dist", "needed>=1"), ("Requires-Dist", "absent; extra == 'more'"),
                ("Provides-Extra", "more"), ("Provides-Extra", "empty"),
            ]
        ).publish(to: installation)
        try await Upload("shop", "2.0rc1").publish(to: installation)
        var sdist = SourceDistributionBuilder(name: "shop", version: "1.0")
        sdist.headers = [("Summary", "A shop")]
        try await Upload(sdist).publish(to: installation)

        let detail = try await Self.detail(installation)
        #expect(detail.kind == .published && detail.status == .active)
        #expect(detail.releases.map(\.versionText) == ["2.0rc1", "1.0"])
        #expect(detail.releases.map(\.isPrerelease) == [true, false])
        #expect(detail.shown?.versionText == "1.0")
        #expect(detail.metadataState == .known && detail.metadata?.licenseExpression == "MIT")
        #expect(detail.links.map(\.label) == ["Homepage", "source", "Bug Tracker"])
        #expect(detail.links.map(\.kind) == [.homepage, .source, .issues])
        #expect(detail.links.allSatisfy { !$0.isVerified })
        #expect(detail.requirements.map(\.extra) == [nil, "more", "empty"])
        #expect(
            detail.requirements.map { $0.requirements.map(\.requirement.name.description) } == [
                ["needed"], ["absent"], [],
            ])
        #expect(detail.requirements.map { $0.requirements.map(\.index) } == [[.main], [nil], []])
        let files = try #require(detail.shown?.files)
        #expect(files.map(\.filename) == ["shop-1.0-py3-none-any.whl", "shop-1.0.tar.gz"])
        guard case .wheel(let tags)? = files.first?.kind else {
            Issue.record("a wheel comes first")
            return
        }
        #expect(tags.interpreters == [.any(version: "3")])
        #expect(files.allSatisfy { $0.uploader == "alice" && $0.way == .person && $0.isListed })
        #expect(files.first?.digests.map(\.algorithm) == ["sha256", "blake2b_256", "md5"])
        #expect(detail.writers?.principals == ["authenticated"])
        #expect(try await Self.detail(installation, caller: .anonymous).writers == nil)

        #expect(try await Self.detail(installation, version: "2.0rc1").shown?.versionText == "2.0rc1")
        await #expect(throws: RegistryError.self) { try await Self.detail(installation, version: "3.0") }
        await installation.close()
    }

    @Test("has yanked, quarantined and reserved states, and why")
    func states() async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        await #expect(throws: RegistryError.self) { try await Self.detail(installation) }
        try await Upload("shop", "1.0").publish(to: installation)
        try await Upload("shop", "2.0").publish(to: installation)
        let management = installation.registry.management
        func target(_ version: String) throws -> FileTarget {
            FileTarget(
                index: .main, project: try Sample.name("shop"), selection: .release(try #require(Version(version))))
        }
        try await management.setYanked(.yes(reason: "broken"), target("2.0"), caller: TestInstallation.alice)
        var detail = try await Self.detail(installation)
        #expect(detail.shown?.versionText == "1.0")
        #expect(detail.releases.first?.yanked == .yes(reason: "broken"))
        try await management.setStatus(
            .quarantined, reason: "malware", of: try Sample.name("shop"), in: .main,
            caller: TestInstallation.administrator)
        detail = try await Self.detail(installation)
        #expect(detail.status == .quarantined && detail.statusReason == "malware")
        #expect(detail.releases.allSatisfy { $0.isQuarantined && !$0.isListed })
        #expect(detail.metadata != nil)
        try await management.delete(target("1.0"), caller: TestInstallation.administrator)
        try await management.delete(target("2.0"), caller: TestInstallation.administrator)
        detail = try await Self.detail(installation)
        #expect(detail.releases.isEmpty && detail.shown == nil && detail.kind == .published)
        await installation.close()
    }
}
