import PackagingStandards
public import Registry
import Testing

/// What every `TokenDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum TokenDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any TokenDatabase & PeopleDatabase & AccessDatabase & ChangesDatabase & AuditDatabase
        & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    private static func add(_ name: String, to database: Subject) async throws -> Int64 {
        try await database.addUser(name, passwordHash: "$y$", isAdministrator: false, by: Sample.author())
        return try #require(try await database.user(named: name)?.id)
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

    private static func token(
        _ name: String, of owner: TokenOwnerName, scope: TokenScope = .everything,
        expiresAt: Timestamp? = SampleTime.nextDay, isSession: Bool = false, parentID: Int64? = nil
    ) -> NewToken {
        NewToken(
            digest: Sample.digest(name), name: name, owner: owner, scope: scope, expiresAt: expiresAt,
            isSession: isSession, parentID: parentID)
    }

    private static func epoch(_ database: Subject) async throws -> Int64 {
        try await database.changes(since: nil).cursor.accessEpoch
    }

    private static func isKnown(_ name: String, _ database: Subject) async throws -> Bool {
        try await !database.tokenHolders(of: [Sample.digest(name)]).isEmpty
    }

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = keeping + ending + accounts

    private static let keeping: [DatabaseCheck<Subject>] = [
        Check("keeps tokens of every owner in every scope, and finds them by their digests") { database in
            let eve = try await add("Eve", to: database)
            try await database.addGroup("dev", by: Sample.author())
            try await database.addServiceAccount("CI", by: Sample.author())
            // PublisherDatabaseContract has those that hold something.
            let publisher = NamedOwner(id: 9, name: "github")
            let scope = TokenScope(
                rights: [.read, .cacheUpdate], indexes: [.main, try Sample.index("other")],
                projects: [try Sample.name("acme"), try Sample.name("not-yet")])
            let wanted: [(NewToken, String)] = [
                (token("g", of: .group("dev"), scope: scope), "group:dev"),
                (token("p", of: .publisher(publisher), isSession: true), "publisher:github"),
                (token("s", of: .service("ci"), scope: TokenScope(rights: [.write])), "service:CI"),
                (token("u", of: .user("eve"), expiresAt: nil), "user:Eve"),
            ]
            let before = try await epoch(database)
            for (token, owner) in wanted {
                let record = try await database.addToken(token, by: Sample.author("root", after: 5))
                #expect(record.name == token.name)
                #expect(record.owner.description == owner)
                #expect(record.scope == token.scope)
                #expect(record.isSession == token.isSession)
                #expect(record.createdBy == "root")
                #expect(record.createdAt == SampleTime.after(5))
                #expect(record.expiresAt == token.expiresAt)
                #expect(record.lastUsedAt == nil)
                #expect(try await database.tokens(of: token.owner) == [record])
            }
            // Nobody can have asked for them before.
            #expect(try await epoch(database) == before)
            #expect(try await database.tokens(of: nil).map(\.name) == ["g", "p", "s", "u"])
            let holders = try await database.tokenHolders(
                of: wanted.map(\.0.digest) + [Sample.digest("unknown"), wanted[0].0.digest])
            #expect(holders.count == 3)
            let user = try #require(try await database.user(named: "eve"))
            #expect(holders[Sample.digest("u")]?.owner == .person(user.person))
            #expect(holders[Sample.digest("u")]?.owner.person?.id == eve)
            #expect(holders[Sample.digest("g")]?.owner.name == "group:dev")
            #expect(holders[Sample.digest("g")]?.scope == scope)
            #expect(holders[Sample.digest("s")]?.owner.name == "service:CI")
            let lines = try await database.audit(limit: 4, before: nil)
            #expect(lines.map(\.action) == ["token.create", "token.create", "token.session", "token.create"])
            #expect(lines.first?.subject == "u")
        },
        Check("shows the owner as they are now") { database in
            _ = try await add("eve", to: database)
            _ = try await database.addToken(token("t", of: .user("eve")), by: Sample.author())
            try await database.addGroup("dev", by: Sample.author())
            _ = try await database.addMember("eve", to: "dev", by: Sample.author())
            let holder = try await database.tokenHolders(of: [Sample.digest("t")])[Sample.digest("t")]
            #expect(holder?.owner.person?.groups == ["dev"])
        },
        Check("gives an owner each name once, and sessions none of their own") { database in
            _ = try await add("eve", to: database)
            _ = try await add("adam", to: database)
            _ = try await database.addToken(token("t", of: .user("eve")), by: Sample.author())
            var again = token("t", of: .user("EVE"))
            again.digest = Sample.digest("another")
            await expect(.alreadyExists) { _ = try await database.addToken(again, by: Sample.author()) }
            again.owner = .user("adam")
            _ = try await database.addToken(again, by: Sample.author())
            for number in 0..<3 {
                var session = token("session", of: .user("eve"), isSession: true)
                session.digest = Sample.digest("session \(number)")
                _ = try await database.addToken(session, by: Sample.author())
            }
            #expect(try await database.tokens(of: .user("eve")).count == 4)
        },
        Check("refuses owners that do not exist, or are others than were meant") { database in
            for owner in [TokenOwnerName.user("eve"), .group("dev"), .service("ci")] {
                await expect(.notFound) { _ = try await database.addToken(token("t", of: owner), by: Sample.author()) }
                await expect(.notFound) { _ = try await database.tokens(of: owner) }
            }
            let eve = try await add("eve", to: database)
            var meant = token("t", of: .user("eve"))
            meant.ownerID = eve + 1
            await expect(.notFound) { _ = try await database.addToken(meant, by: Sample.author()) }
            meant.ownerID = eve
            _ = try await database.addToken(meant, by: Sample.author())
        },
        Check("keeps no more than a bound for each owner") { database in
            _ = try await add("eve", to: database)
            for number in 0..<TokenRecord.mostOfOneOwner {
                _ = try await database.addToken(token("t\(number)", of: .user("eve")), by: Sample.author())
            }
            await expect(.conflict) {
                _ = try await database.addToken(token("more", of: .user("eve")), by: Sample.author())
            }
            #expect(try await !isKnown("more", database))
            _ = try await database.addToken(token("s", of: .user("eve"), isSession: true), by: Sample.author())
        },
        Check("forgets expired sessions at the next token, and others a month later") { database in
            _ = try await add("eve", to: database)
            let soon = SampleTime.after(1000)
            _ = try await database.addToken(
                token("s", of: .user("eve"), expiresAt: soon, isSession: true), by: Sample.author())
            _ = try await database.addToken(token("t", of: .user("eve"), expiresAt: soon), by: Sample.author())
            _ = try await database.addToken(
                token("a", of: .user("eve"), expiresAt: nil), by: Sample.author(after: 1001))
            #expect(try await database.tokens(of: nil).map(\.name) == ["a", "t"])
            let month: Int64 = 30 * 86_400 + 1001
            _ = try await database.addToken(
                token("b", of: .user("eve"), expiresAt: nil), by: Sample.author(after: month))
            #expect(try await database.tokens(of: nil).map(\.name) == ["a", "b"])
        },
        Check("moves the last use forward only") { database in
            _ = try await add("eve", to: database)
            let id = try await database.addToken(token("t", of: .user("eve")), by: Sample.author()).id
            let before = try await epoch(database)
            for second in [10, 30, 20] as [Int64] {
                try await database.recordTokenUses([id: SampleTime.after(second), id + 7: SampleTime.after(second)])
            }
            try await database.recordTokenUses([:])
            #expect(try await database.tokens(of: nil).map(\.lastUsedAt) == [SampleTime.after(30)])
            #expect(try await epoch(database) == before)
        },
    ]

    private static let ending: [DatabaseCheck<Subject>] = [
        Check("revokes a token with all that were made with it, once, as a change of rights") { database in
            _ = try await add("eve", to: database)
            var parent: Int64?
            for name in ["a", "b", "c"] {
                parent = try await database.addToken(
                    token(name, of: .user("eve"), parentID: parent), by: Sample.author()
                ).id
            }
            _ = try await database.addToken(token("other", of: .user("eve")), by: Sample.author())
            let middle = try #require(try await database.tokens(of: nil).first { $0.name == "b" })
            let before = try await epoch(database)
            #expect(try await database.removeToken(middle.id, by: Sample.author("root")) == middle)
            #expect(try await epoch(database) > before)
            #expect(try await database.removeToken(middle.id, by: Sample.author()) == nil)
            #expect(try await database.tokens(of: nil).map(\.name) == ["a", "other"])
            #expect(try await !isKnown("b", database))
            #expect(try await !isKnown("c", database))
            let line = try #require(try await database.audit(limit: 1, before: nil).first)
            #expect(line.action == "token.revoke")
            #expect(line.actor == "root")
            #expect(line.subject == "b")
            await expect(.wrongCredentials) {
                _ = try await database.addToken(
                    token("late", of: .user("eve"), parentID: middle.id), by: Sample.author())
            }
        },
        Check("ends tokens with their owners, whoever has the name later") { database in
            _ = try await add("eve", to: database)
            try await database.addGroup("dev", by: Sample.author())
            try await database.addServiceAccount("ci", by: Sample.author())
            let owners: [TokenOwnerName] = [.user("eve"), .group("dev"), .service("ci")]
            for owner in owners {
                _ = try await database.addToken(token("\(owner)", of: owner), by: Sample.author())
            }
            try await database.removeUser("eve", by: Sample.author())
            try await database.removeGroup("dev", by: Sample.author())
            try await database.removeServiceAccount("CI", by: Sample.author())
            for owner in owners { #expect(try await !isKnown("\(owner)", database)) }
            _ = try await add("eve", to: database)
            try await database.addGroup("dev", by: Sample.author())
            try await database.addServiceAccount("ci", by: Sample.author())
            for owner in owners {
                #expect(try await !isKnown("\(owner)", database))
                #expect(try await database.tokens(of: owner).isEmpty)
            }
        },
        Check("ends what came of a password with the password") { database in
            let eve = try await add("eve", to: database)
            let generation = try #require(try await database.user(named: "eve")).passwordGeneration
            var session = token("s", of: .user("eve"), isSession: true)
            session.ownerID = eve
            session.passwordGeneration = generation
            let id = try await database.addToken(session, by: Sample.author()).id
            _ = try await database.addToken(token("child", of: .user("eve"), parentID: id), by: Sample.author())
            _ = try await database.addToken(token("t", of: .user("eve")), by: Sample.author())
            try await database.setPasswordHash("$y$2", ofUser: "eve", by: Sample.author())
            #expect(try await !isKnown("s", database))
            #expect(try await !isKnown("child", database))
            #expect(try await isKnown("t", database))
            session.digest = Sample.digest("late")
            await expect(.wrongCredentials) { _ = try await database.addToken(session, by: Sample.author()) }
        },
        Check("ends all sessions of a person, with what was made with them, and nothing else") { database in
            let eve = try await add("eve", to: database)
            _ = try await add("adam", to: database)
            let id = try await database.addToken(
                token("s", of: .user("eve"), isSession: true), by: Sample.author()
            ).id
            _ = try await database.addToken(token("child", of: .user("eve"), parentID: id), by: Sample.author())
            _ = try await database.addToken(token("s2", of: .user("eve"), isSession: true), by: Sample.author())
            _ = try await database.addToken(token("t", of: .user("eve")), by: Sample.author())
            _ = try await database.addToken(token("adam", of: .user("adam"), isSession: true), by: Sample.author())
            let before = try await epoch(database)
            #expect(try await database.removeSessions(ofUserID: eve, by: Sample.author("eve")) == 2)
            #expect(try await epoch(database) > before)
            for name in ["s", "child", "s2"] { #expect(try await !isKnown(name, database)) }
            for name in ["t", "adam"] { #expect(try await isKnown(name, database)) }
            #expect(try await database.audit(limit: 1, before: nil).map(\.action) == ["user.signout"])
            #expect(try await database.removeSessions(ofUserID: eve, by: Sample.author("eve")) == 0)
        },
    ]

    private static let accounts: [DatabaseCheck<Subject>] = [
        Check("keeps service accounts, found without case, which grants may name") { database in
            try await database.declareIndexes([.main])
            await expect(.notFound) {
                _ = try await database.addGrant(
                    of: .read, to: .service("ci"), on: .server, by: Sample.author())
            }
            try await database.addServiceAccount("Ci", by: Sample.author(after: 7))
            await expect(.alreadyExists) { try await database.addServiceAccount("cI", by: Sample.author()) }
            let account = try #require(try await database.serviceAccounts().first)
            #expect(account.name == "Ci")
            #expect(account.createdAt == SampleTime.after(7))
            let change = try await database.addGrant(
                of: .read, to: .service("CI"), on: .index(.main), by: Sample.author())
            #expect(change.record.principal == "service:Ci")
            #expect(change.record.grant.grantee == .service(account.id))
            let before = try await epoch(database)
            try await database.removeServiceAccount("ci", by: Sample.author())
            #expect(try await epoch(database) > before)
            await expect(.notFound) { try await database.removeServiceAccount("ci", by: Sample.author()) }
            #expect(try await database.grants().map(\.principal) == ["service:#\(account.id)"])
            try await database.addServiceAccount("ci", by: Sample.author())
            #expect(try await database.serviceAccounts().first?.id != account.id)
            let lines = try await database.audit(limit: 2, before: nil)
            #expect(lines.map(\.action) == ["service.add", "service.remove"])
        }
    ]
}
