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
        Check("says where a change came from, and with which token and tag") { database in
            let origin = ChangeOrigin(address: "192.0.2.7", requestID: "a1b2")
            try await database.addUser(
                "eve", passwordHash: "$y$", isAdministrator: false,
                by: ChangeAuthor(name: "root", userID: nil, at: SampleTime.start, origin: origin))
            #expect(try await database.audit(limit: 1, before: nil).first?.origin == origin)
            try await database.declareIndexes([.main])
            let token = TokenMark(id: 7, name: "ci")
            try await database.publish(
                SampleFile().with {
                    $0.origin = origin
                    $0.token = token
                    $0.tag = "billing"
                })
            let line = try #require(try await database.audit(limit: 1, before: nil).first)
            #expect(line.origin == origin && line.token == token && line.tag == "billing")
        },
        Check("finds lines by each condition, and by several") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("one"))
            try await database.publish(SampleFile("two"))
            try await database.addUser("eve", passwordHash: "$y$", isAdministrator: false, by: Sample.author("root"))
            let refused = RefusedRequests(
                at: SampleTime.after(200), actor: "mallory", action: "login.refuse", subject: "GET api",
                detail: "wrong-credentials", address: "192.0.2.7", count: 41)
            try await database.record([refused])

            func subjects(_ change: (inout AuditQuery) -> Void) async throws -> [String?] {
                var query = AuditQuery(limit: 10)
                change(&query)
                return try await database.audit(query).map(\.subject)
            }
            let (one, two) = ("one-1.0.tar.gz", "two-1.0.tar.gz")
            #expect(try await subjects { _ in } == ["GET api", "eve", two, one])
            #expect(try await subjects { $0.actor = "root" } == ["eve"])
            #expect(try await subjects { $0.action = "file.publish" } == [two, one])
            #expect(try await subjects { $0.action = "file" } == [two, one])
            #expect(try await subjects { $0.action = "fil" } == [])
            #expect(try await subjects { $0.index = .main } == [two, one])
            #expect(try await subjects { $0.project = try? Sample.name("one") } == [one])
            #expect(try await subjects { $0.address = "192.0.2.7" } == ["GET api"])
            #expect(try await subjects { $0.account = "eve" } == ["eve"])
            #expect(try await subjects { $0.account = "mallory" } == ["GET api"])
            #expect(try await subjects { $0.account = "one-1.0.tar.gz" } == [])
            #expect(try await subjects { $0.since = SampleTime.after(200) } == ["GET api"])
            #expect(try await subjects { $0.until = SampleTime.after(100) } == [two, one])
            #expect(
                try await subjects {
                    $0.action = "file"
                    $0.limit = 1
                } == [two])
            let line = try #require(try await database.audit(limit: 1, before: nil).first)
            #expect(line.times == 41 && line.actor == "mallory" && line.detail == "wrong-credentials")
        },
        Check(
            "gives a receiver each line, in order, whichever process passes them on",
            twice: { database, again in
                for number in 1...5 {
                    try await database.addUser(
                        "user\(number)", passwordHash: "$y$", isAdministrator: false, by: Sample.author())
                }
                let now = SampleTime.after(300)
                let first = try await database.claimAudit(for: "file", limit: 2, now: now)
                #expect(first.map(\.subject) == ["user1", "user2"])
                // Another process gets none meanwhile, another receiver all.
                #expect(try await again.claimAudit(for: "file", limit: 9, now: now).isEmpty)
                #expect(try await again.claimAudit(for: "webhook", limit: 9, now: now).count == 5)
                // What was not completed comes again.
                #expect(try await database.claimAudit(for: "file", limit: 2, now: now) == first)
                try await database.completeAudit(for: "file", through: try #require(first.last).id)
                let second = try await again.claimAudit(for: "file", limit: 2, now: now)
                #expect(second.map(\.subject) == ["user3", "user4"])
                // A claim that is over does not hold the lines back, and who had it completes nothing any more.
                let later = now.adding(microseconds: AuditLease.duration)
                #expect(try await database.claimAudit(for: "file", limit: 9, now: later).count == 3)
                try await again.completeAudit(for: "file", through: try #require(second.last).id)
                let third = try await database.claimAudit(for: "file", limit: 9, now: later)
                #expect(third.map(\.subject) == ["user3", "user4", "user5"])
                try await database.completeAudit(for: "file", through: try #require(third.last).id)
                #expect(try await database.claimAudit(for: "file", limit: 9, now: later).isEmpty)
                // A claim that is given up leaves the lines to others at once.
                try await again.completeAudit(for: "webhook", through: nil)
                #expect(try await database.claimAudit(for: "webhook", limit: 9, now: now).count == 5)
            }),
    ]
}
