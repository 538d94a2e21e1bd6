import PackagingStandards
public import Registry
import Testing

/// What every `OneTimeLinkDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum OneTimeLinkDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any OneTimeLinkDatabase & PeopleDatabase & AccessDatabase & AuditDatabase
        & DeclarationDatabase & ChangesDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    private static let maker = LinkMaker(name: "root", id: 7)

    private static func invitation(
        _ secret: String, name: String? = nil, isAdministrator: Bool = false, groups: Set<String> = [],
        maker: LinkMaker = maker, expiresAt: Timestamp = SampleTime.after(100)
    ) -> NewInvitation {
        NewInvitation(
            digest: Sample.digest(secret), name: name, isAdministrator: isAdministrator, groups: groups, maker: maker,
            expiresAt: expiresAt)
    }

    private static func accept(
        _ secret: String, as name: String, after seconds: Int64 = 5, _ database: any OneTimeLinkDatabase
    ) async throws -> UserRecord? {
        try await database.acceptInvitation(
            Sample.digest(secret), name: name, passwordHash: "$y$1", by: Sample.author(name, after: seconds))
    }

    private static func reset(
        _ secret: String, of user: String, expiresAt: Timestamp = SampleTime.after(100)
    ) -> NewPasswordReset {
        NewPasswordReset(digest: Sample.digest(secret), user: user, maker: maker, expiresAt: expiresAt)
    }

    private static func add(_ name: String, to database: Subject) async throws {
        try await database.addUser(name, passwordHash: "$y$0", isAdministrator: false, by: Sample.author(after: 1))
    }

    /// Expects that something fails with a code.
    private static func expect(_ code: RegistryError.Code, _ work: () async throws -> Void) async {
        var found: RegistryError.Code?
        do {
            try await work()
        } catch {
            found = (error as? RegistryError)?.code
        }
        #expect(found == code)
    }

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = invitations + resets

    private static let invitations: [DatabaseCheck<Subject>] = [
        Check("keeps invitations, and finds the open ones by the digests of their secrets") { database in
            try await database.addGroup("dev", by: Sample.author(after: 1))
            let author = Sample.author("root", after: 5)
            let first = try await database.addInvitation(
                invitation("one", name: "Eve", isAdministrator: true, groups: ["dev"]), by: author)
            #expect(first.name == "Eve" && first.isAdministrator && first.groups == ["dev"])
            #expect(first.maker == maker && first.createdAt == SampleTime.after(5))
            let operators = LinkMaker(name: "operator", id: nil)
            let second = try await database.addInvitation(
                invitation("two", maker: operators, expiresAt: SampleTime.after(50)), by: author)
            #expect(second.name == nil && second.groups.isEmpty && second.maker == operators)
            #expect(try await database.invitations(at: SampleTime.after(49)) == [first, second])
            #expect(try await database.invitations(at: SampleTime.after(50)) == [first])
            #expect(try await database.invitation(Sample.digest("one"), at: SampleTime.after(99)) == first)
            #expect(try await database.invitation(Sample.digest("one"), at: SampleTime.after(100)) == nil)
            #expect(try await database.invitation(Sample.digest("absent"), at: SampleTime.after(6)) == nil)
            let lines = try await database.audit(limit: 10, before: nil)
            #expect(lines.map(\.action) == ["user.invite", "user.invite", "group.add"])
            #expect(lines.map(\.subject) == [nil, "Eve", "dev"])
            #expect(lines[1].detail == "administrator, group:dev")
        },
        Check("refuses invitations of people and to groups that cannot be, and one more than are kept") { database in
            try await add("eve", to: database)
            try await database.declare(Declaration(groups: ["ops": []]), by: Sample.author(after: 1))
            for (wrong, expected) in [
                (invitation("a", name: "EVE"), RegistryError.Code.alreadyExists),
                (invitation("a", groups: ["absent"]), .notFound), (invitation("a", groups: ["ops"]), .conflict),
            ] {
                await expect(expected) {
                    _ = try await database.addInvitation(wrong, by: Sample.author(after: 1))
                }
            }
            for number in 0..<Invitation.mostOpen {
                let expiry = SampleTime.after(number == 0 ? 50 : 100)
                _ = try await database.addInvitation(
                    invitation("\(number)", expiresAt: expiry), by: Sample.author(after: 1))
            }
            let more = invitation("more", expiresAt: SampleTime.after(200))
            await expect(.conflict) { _ = try await database.addInvitation(more, by: Sample.author(after: 1)) }
            // One has expired.
            _ = try await database.addInvitation(more, by: Sample.author(after: 50))
        },
        Check("takes invitations back") { database in
            let added = try await database.addInvitation(invitation("one", name: "eve"), by: Sample.author(after: 1))
            #expect(try await database.removeInvitation(added.id + 1, by: Sample.author(after: 2)) == nil)
            #expect(try await database.removeInvitation(added.id, by: Sample.author(after: 2)) == added)
            #expect(try await database.removeInvitation(added.id, by: Sample.author(after: 2)) == nil)
            #expect(try await accept("one", as: "eve", database) == nil)
            #expect(try await database.user(named: "eve") == nil)
            #expect(try await database.audit(limit: 1, before: nil).map(\.action) == ["user.uninvite"])
        },
        Check("adds the person of an invitation, with role and groups as they are, once") { database in
            try await database.addGroup("dev", by: Sample.author(after: 1))
            try await database.addGroup("gone", by: Sample.author(after: 1))
            _ = try await database.addInvitation(
                invitation("one", name: "Eve", isAdministrator: true, groups: ["dev", "gone"]),
                by: Sample.author(after: 1))
            try await database.removeGroup("gone", by: Sample.author(after: 1))
            try await database.addGroup("gone", by: Sample.author(after: 1))
            let before = try await database.changes(since: nil).cursor.accessEpoch
            let made = try #require(try await accept("one", as: "other", database))
            #expect(made.name == "Eve" && made.isAdministrator && made.groups == ["dev"])
            #expect(made.passwordHash == "$y$1" && !made.isDeclared)
            #expect(try await database.changes(since: nil).cursor.accessEpoch > before)
            #expect(try await accept("one", as: "other", database) == nil)
            #expect(try await database.users().map(\.name) == ["Eve"])
            let lines = try await database.audit(limit: 2, before: nil)
            #expect(lines.map(\.action) == ["group.member.add", "user.add"])
            #expect(lines[1].detail == "administrator, invited by root")
            #expect(!"\(lines)".contains("$y$"))
        },
        Check("leaves an invitation open if the chosen name is taken, and heeds its end") { database in
            try await add("eve", to: database)
            _ = try await database.addInvitation(invitation("one"), by: Sample.author(after: 1))
            await expect(.alreadyExists) { _ = try await accept("one", as: "Eve", database) }
            #expect(try await accept("one", as: "adam", after: 100, database) == nil)
            #expect(try await accept("one", as: "adam", after: 99, database)?.name == "adam")
        },
        Check(
            "gives one person the account, however many use an invitation at once",
            twice: { database, again in
                _ = try await database.addInvitation(invitation("one"), by: Sample.author(after: 1))
                let made = try await withThrowingTaskGroup(of: UserRecord?.self) { group in
                    for (number, database) in [database, again, database, again].enumerated() {
                        group.addTask { try await accept("one", as: "eve\(number)", database) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(made.compactMap(\.self).count == 1)
                #expect(try await database.users().count == 1)
            }),
    ]

    private static let resets: [DatabaseCheck<Subject>] = [
        Check("sets a password by a link, once, and with a new generation") { database in
            try await add("Eve", to: database)
            let before = try #require(try await database.user(named: "eve"))
            #expect(
                try await database.addPasswordReset(reset("r", of: "EVE"), by: Sample.author("root", after: 1)) == "Eve"
            )
            let found = try #require(try await database.passwordReset(Sample.digest("r"), at: SampleTime.after(99)))
            #expect(found == PasswordReset(userName: "Eve", userID: before.id, maker: maker))
            #expect(try await database.passwordReset(Sample.digest("r"), at: SampleTime.after(100)) == nil)
            #expect(try await database.user(named: "eve") == before)
            let epoch = try await database.changes(since: nil).cursor.accessEpoch
            let changed = try #require(
                try await database.usePasswordReset(
                    Sample.digest("r"), passwordHash: "$y$2", by: Sample.author("Eve", after: 5)))
            #expect(changed.passwordHash == "$y$2" && changed.passwordGeneration > before.passwordGeneration)
            #expect(try await database.changes(since: nil).cursor.accessEpoch > epoch)
            #expect(
                try await database.usePasswordReset(
                    Sample.digest("r"), passwordHash: "$y$3", by: Sample.author(after: 5)) == nil)
            #expect(try await database.user(named: "eve")?.passwordHash == "$y$2")
            let lines = try await database.audit(limit: 2, before: nil)
            #expect(lines.map(\.action) == ["user.password", "user.reset"])
            #expect(lines[0].actor == "Eve" && lines[0].detail == "by a link of root")
        },
        Check("ends a password reset with the next one, with another password, with its time, and with its user") {
            database in
            for name in ["eve", "adam", "cain"] { try await add(name, to: database) }
            _ = try await database.addPasswordReset(reset("first", of: "eve"), by: Sample.author(after: 1))
            _ = try await database.addPasswordReset(reset("second", of: "eve"), by: Sample.author(after: 1))
            _ = try await database.addPasswordReset(reset("adam", of: "adam"), by: Sample.author(after: 1))
            _ = try await database.addPasswordReset(reset("cain", of: "cain"), by: Sample.author(after: 1))
            func isOpen(_ secret: String) async throws -> Bool {
                try await database.passwordReset(Sample.digest(secret), at: SampleTime.after(5)) != nil
            }
            #expect(try await !isOpen("first"))
            #expect(try await isOpen("second"))
            try await database.setPasswordHash("$y$9", ofUser: "eve", by: Sample.author(after: 1))
            try await database.removeUser("adam", by: Sample.author(after: 1))
            for secret in ["first", "second", "adam"] {
                #expect(try await !isOpen(secret))
                let used = try await database.usePasswordReset(
                    Sample.digest(secret), passwordHash: "$y$2", by: Sample.author(after: 5))
                #expect(used == nil)
            }
            let late = try await database.usePasswordReset(
                Sample.digest("cain"), passwordHash: "$y$2", by: Sample.author(after: 100))
            #expect(late == nil)
            #expect(try await database.users().map(\.passwordHash) == ["$y$0", "$y$9"])
        },
        Check("resets no password of nobody, or of somebody whom the configuration declares") { database in
            await expect(.notFound) {
                _ = try await database.addPasswordReset(reset("r", of: "eve"), by: Sample.author(after: 1))
            }
            try await add("eve", to: database)
            _ = try await database.addPasswordReset(reset("r", of: "eve"), by: Sample.author(after: 1))
            let eve = DeclaredPerson(name: "eve", passwordHash: "$y$0", isAdministrator: false)
            try await database.declare(Declaration(people: [eve]), by: Sample.author(after: 1))
            #expect(try await database.passwordReset(Sample.digest("r"), at: SampleTime.after(5)) == nil)
            await expect(.conflict) {
                _ = try await database.addPasswordReset(reset("s", of: "eve"), by: Sample.author(after: 1))
            }
        },
        Check(
            "sets one password, however many use a link at once",
            twice: { database, again in
                try await add("eve", to: database)
                _ = try await database.addPasswordReset(reset("r", of: "eve"), by: Sample.author(after: 1))
                let made = try await withThrowingTaskGroup(of: UserRecord?.self) { group in
                    for (number, database) in [database, again, database, again].enumerated() {
                        group.addTask {
                            try await database.usePasswordReset(
                                Sample.digest("r"), passwordHash: "$y$\(number)", by: Sample.author(after: 5))
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let changed = made.compactMap(\.self)
                #expect(changed.count == 1)
                #expect(try await database.user(named: "eve") == changed.first)
            }),
    ]
}
