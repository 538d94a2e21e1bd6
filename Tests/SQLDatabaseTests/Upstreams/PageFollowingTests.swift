import GRDB
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("A page and what it says of kept files")
struct PageFollowingTests {
    private static func keep(_ body: String, _ status: ProjectStatus, in database: SQLDatabase) async throws {
        let page = StoredUpstreamPage(
            upstream: "pypi", project: try Sample.name("sample"),
            state: UpstreamPageState(
                validators: PageValidators(entityTag: nil, lastModified: nil), fetchedAt: SampleTime.after(10),
                freshUntil: SampleTime.after(20)),
            body: body)
        try await database.keepUpstreamPage(
            page, pins: [],
            following: UpstreamFollowing(
                indexes: [.main], yanked: ["sample-1.0.tar.gz": .yes(reason: "bad")], status: status,
                moment: SampleTime.after(10)))
    }

    /// What is known after a page that quarantines the project and yanks its file.
    private static func state(of database: SQLDatabase) async throws -> [String] {
        let name = try Sample.name("sample")
        let record = try #require(try await database.project(name, in: .main))
        let page = try await database.upstreamPage(of: name, from: "pypi")?.body ?? "none"
        return [page, record.status.rawValue] + record.files.map { $0.yanked == .no ? "there" : "yanked" }
    }

    private static let before = ["old", "active", "there"]
    private static let after = ["new", "quarantined", "yanked"]

    private func prepare(_ database: SQLDatabase) async throws {
        try await database.declareIndexes([.main])
        try await database.cache(SampleFile())
        try await database.keepUpstreamPage(
            StoredUpstreamPage(
                upstream: "pypi", project: try Sample.name("sample"),
                state: UpstreamPageState(
                    validators: PageValidators(entityTag: nil, lastModified: nil), fetchedAt: SampleTime.start,
                    freshUntil: SampleTime.start),
                body: "old"), pins: [])
    }

    @Test(
        "are one transaction: what fails after the page takes the page back with it", arguments: ["files", "projects"])
    func failure(table: String) async throws {
        try await withDatabase { database, file in
            try await prepare(database)
            let other = try DatabaseQueue(path: file.path)
            try await other.write { connection in
                try connection.execute(
                    sql: """
                        CREATE TRIGGER broken BEFORE UPDATE ON \(table) BEGIN SELECT RAISE(ABORT, 'broken'); END
                        """)
            }
            await #expect(throws: (any Error).self) { try await Self.keep("new", .quarantined, in: database) }
            #expect(try await Self.state(of: database) == Self.before)
            try await other.write { try $0.execute(sql: "DROP TRIGGER broken") }
            try await Self.keep("new", .quarantined, in: database)
            #expect(try await Self.state(of: database) == Self.after)
            try other.close()
        }
    }

    @Test("wait together for a locked database, and fail together")
    func locked() async throws {
        let file = try TemporaryDatabase()
        let database = try await file.open(patience: 0.05)
        try await prepare(database)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: file.path, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        await #expect(throws: (any Error).self) { try await Self.keep("new", .quarantined, in: database) }
        #expect(try await Self.state(of: database) == Self.before)
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try await Self.keep("new", .quarantined, in: database)
        #expect(try await Self.state(of: database) == Self.after)
        try other.close()
        await database.close()
    }

    @Test("survive a power cut together", arguments: [true, false])
    func powerCut(isAnswered: Bool) async throws {
        let file = try TemporaryDatabase()
        let disk = try PowerCutDisk(folder: file.folder)
        defer { disk.remove() }
        let database = try await file.open()
        try await prepare(database)
        if isAnswered { try await Self.keep("new", .quarantined, in: database) }
        disk.cut()
        if !isAnswered {
            await #expect(throws: (any Error).self) { try await Self.keep("new", .quarantined, in: database) }
        }
        await database.close()
        try disk.restore()
        let again = try await file.open()
        #expect(try await Self.state(of: again) == (isAnswered ? Self.after : Self.before))
        await again.close()
    }

    @Test("leave a status that an administrator gave, and projects of other origins")
    func foreignStatus() async throws {
        try await withDatabase { database, _ in
            try await prepare(database)
            let change = ChangeAuthor(name: "ada", userID: nil, at: SampleTime.after(5))
            _ = try await database.setStatus(
                .archived, reason: "ours", of: Sample.name("sample"), in: .main, by: change)
            try await Self.keep("new", .quarantined, in: database)
            #expect(try await Self.state(of: database) == ["new", "archived", "yanked"])
        }
    }
}
