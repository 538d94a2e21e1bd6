public import Registry
import Testing

/// What every `ChangesDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum ChangesDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any ChangesDatabase & PublishingDatabase & PeopleDatabase & DeclarationDatabase
        & OutboxDatabase
        & RebuildDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check("says which projects changed since a cursor, and nothing twice") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("a"))
            let start = try await database.changes(since: nil)
            #expect(start.projects.isEmpty)
            #expect(!start.everything)
            #expect(start.cursor.serials[.main] == 1)

            try await database.publish(SampleFile("b"))
            try await database.publish(SampleFile("b", "2"))
            let changes = try await database.changes(since: start.cursor)
            #expect(changes.projects == [.init(index: .main, project: try Sample.name("b"))])
            #expect(!changes.everything)
            let nothing = try await database.changes(since: changes.cursor)
            #expect(nothing.projects.isEmpty)
            #expect(nothing.cursor == changes.cursor)
            let sinceStart = try await database.changes(since: start.cursor)
            #expect(sinceStart.projects == changes.projects)
        },
        Check(
            "sees what another process changed",
            twice: { database, again in
                try await database.declareIndexes([.main])
                let start = try await database.changes(since: nil)
                try await again.publish(SampleFile("a"))
                let changes = try await database.changes(since: start.cursor)
                #expect(changes.projects == [.init(index: .main, project: try Sample.name("a"))])
                try await again.addUser("eve", passwordHash: "$y$", isAdministrator: false, by: Sample.author())
                let people = try await database.changes(since: changes.cursor)
                #expect(people.cursor.accessEpoch > changes.cursor.accessEpoch)
            }),
        Check(
            "has another mark after every commit, and the same without one",
            twice: { database, again in
                try await database.declareIndexes([.main])
                for name in ["a", "b", "c"] {
                    // A database without a mark has changes asked for each time.
                    guard let before = database.commitMark() else { break }
                    _ = try await again.changes(since: nil)
                    _ = try await database.changes(since: nil)
                    #expect(database.commitMark() == before)
                    try await again.publish(SampleFile(name))
                    let after = database.commitMark()
                    #expect(after != before)
                    try await database.addUser(
                        name, passwordHash: "$y$", isAdministrator: false, by: Sample.author())
                    #expect(database.commitMark() != after)
                }
            }),
        Check("counts every change to people, and none else", accessEpochCheck),
        Check("says that everything changed after a rebuild") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("a"))
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            let start = try await database.changes(since: nil)
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            let changes = try await database.changes(since: start.cursor)
            #expect(changes.everything)
            #expect(try await !database.changes(since: changes.cursor).everything)
        },
    ]

    @Sendable private static func accessEpochCheck(_ database: Subject) async throws {
        var epoch = try await database.changes(since: nil).cursor.accessEpoch
        func expectChange(_ isExpected: Bool, _ what: String, _ change: () async throws -> Void) async throws {
            try await change()
            let now = try await database.changes(since: nil).cursor.accessEpoch
            #expect((now > epoch) == isExpected, "\(what)")
            epoch = now
        }
        let author = Sample.author()
        try await expectChange(true, "first administrator") {
            _ = try await database.addFirstAdministrator("root", passwordHash: "$y$0", by: author)
        }
        try await expectChange(false, "no first administrator") {
            _ = try await database.addFirstAdministrator("more", passwordHash: "$y$0", by: author)
        }
        try await expectChange(true, "add") {
            try await database.addUser("eve", passwordHash: "$y$1", isAdministrator: false, by: author)
        }
        try await expectChange(true, "password") {
            try await database.setPasswordHash("$y$2", ofUser: "eve", by: author)
        }
        try await expectChange(false, "renewal") {
            let id = try #require(try await database.user(named: "eve")?.id)
            try await database.renewPasswordHash("$y$3", replacing: "$y$2", ofUserID: id)
        }
        for isAdministrator in [true, false] {
            try await expectChange(true, "role") {
                _ = try await database.setAdministrator(isAdministrator, ofUser: "eve", by: author)
            }
            try await expectChange(false, "the same role") {
                _ = try await database.setAdministrator(isAdministrator, ofUser: "eve", by: author)
            }
        }
        let declared = Declaration(groups: ["dev": ["eve"]])
        try await expectChange(true, "groups") { try await database.declare(declared, by: Sample.author()) }
        try await expectChange(false, "the same groups") { try await database.declare(declared, by: Sample.author()) }
        try await expectChange(true, "remove") { try await database.removeUser("eve", by: author) }
        try await expectChange(false, "indexes and files") {
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile())
        }
    }
}
