public import Registry
import Testing

/// What every `AuditDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
///
/// Which change writes which line is checked by the suites of the roles that make changes.
public enum AuditDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any AuditDatabase & PeopleDatabase & PublishingDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check("says who did what to what, and when") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("My.Project", "1.0"))
            try await database.addUser("eve", passwordHash: "$y$", isAdministrator: true, by: Sample.author("root"))
            let lines = try await database.audit(limit: 10, before: nil)
            let added = try #require(lines.first)
            let published = try #require(lines.last)
            #expect(
                lines == [
                    AuditLine(
                        id: added.id, at: SampleTime.after(100), actor: "root", action: "user.add", index: nil,
                        project: nil, subject: "eve", detail: "administrator"),
                    AuditLine(
                        id: published.id, at: SampleTime.start, actor: "ada", action: "file.publish", index: "main",
                        project: "my-project", subject: "my_project-1.0.tar.gz",
                        detail: "sha256=\(Sample.digest("contents"))"),
                ])
        },
        Check("gives the newest lines first, and then those before a line, each once") { database in
            #expect(try await database.audit(limit: 10, before: nil).isEmpty)
            // The order is that of the changes, whatever their clocks say.
            for number in 1...5 {
                try await database.addUser(
                    "user\(number)", passwordHash: "$y$", isAdministrator: false,
                    by: Sample.author(after: Int64(10 - number)))
            }
            var pages: [[String?]] = []
            var last: Int64?
            repeat {
                let lines = try await database.audit(limit: 2, before: last)
                pages.append(lines.map(\.subject))
                last = lines.last?.id
            } while last != nil
            #expect(pages == [["user5", "user4"], ["user3", "user2"], ["user1"], []])
        },
        Check(
            "shows a change of another process, and none that failed",
            twice: { database, again in
                let author = Sample.author()
                try await again.addUser("eve", passwordHash: "$y$", isAdministrator: false, by: author)
                for subject in [database, again] {
                    await #expect(throws: RegistryError.self) {
                        try await subject.addUser("eve", passwordHash: "$y$", isAdministrator: false, by: author)
                    }
                    #expect(try await subject.audit(limit: 10, before: nil).map(\.subject) == ["eve"])
                }
            }),
    ]
}
