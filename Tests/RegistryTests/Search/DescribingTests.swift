import PackagingStandards
import RegistryTestSupport
import SQLDatabaseTestSupport
import Testing

@testable import Registry

@Suite("What projects are found by")
struct DescribingTests {
    private static func upload(_ version: String, keyword: String) throws -> Upload {
        try Upload(
            "shop", version,
            headers: [
                ("Summary", "A shop"), ("Keywords", "\(keyword),both"), ("Author", "Ada Lovelace"),
                ("Classifier", "Topic :: \(keyword)"), ("Requires-Dist", "needs-\(keyword)"),
            ])
    }

    private static func found(_ installation: TestInstallation, _ text: String) async throws -> [String] {
        try await installation.registry.search.projects(text, caller: .anonymous).projects.map {
            $0.summary.name.description
        }
    }

    private static func dependents(_ installation: TestInstallation, _ name: String) async throws -> Int {
        try await installation.registry.dependents.dependents(
            of: try #require(NormalizedName(name)), in: .main, caller: .anonymous
        ).count
    }

    @Test("is there as soon as a file is published, and follows the standing release")
    func follows() async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        try await Self.upload("1.0", keyword: "first").publish(to: installation)
        try await Self.upload("2.0", keyword: "second").publish(to: installation)
        #expect(try await !installation.registry.describing.isDue())
        #expect(try await Self.found(installation, "second") == ["shop"])
        #expect(try await Self.found(installation, "first").isEmpty)
        #expect(try await Self.dependents(installation, "needs-second") == 1)
        let target = FileTarget(
            index: .main, project: try #require(NormalizedName("shop")),
            selection: .release(try #require(Version("2.0"))))
        _ = try await installation.registry.management.setYanked(
            .yes(reason: nil), target, caller: TestInstallation.alice)
        #expect(try await Self.dependents(installation, "needs-second") == 0)
        #expect(try await installation.registry.describing.isDue())
        #expect(try await installation.registry.describing.run() == 1)
        #expect(try await !installation.registry.describing.isDue())
        #expect(try await Self.found(installation, "first") == ["shop"])
        #expect(try await Self.dependents(installation, "needs-first") == 1)
        await installation.close()
    }

    @Test("is the same after a rebuild, table by table")
    func rebuilt() async throws {
        let installation = try await TestInstallation.open(try TestInstallation.Place())
        for number in 0..<3 { try await Self.upload("\(number).0", keyword: "word\(number)").publish(to: installation) }
        try await Upload("other", "1.0").publish(to: installation)
        let path = installation.place.databaseFolder + "/cellar.db"
        let original = try await ContentSnapshot.read(path: path, now: SampleTime.start)
        for table in ["search_words", "name_variants", "project_classifiers", "dependencies"] {
            #expect(original[table]?.isEmpty == false, "\(table)")
        }
        try await installation.registry.rebuilding.rebuild(isAlone: true)
        let rebuilt = try await ContentSnapshot.read(path: path, now: SampleTime.start)
        for (table, lines) in original { #expect(rebuilt[table] == lines, "\(table)") }
        #expect(try await !installation.registry.describing.isDue())
        await installation.close()
    }
}
