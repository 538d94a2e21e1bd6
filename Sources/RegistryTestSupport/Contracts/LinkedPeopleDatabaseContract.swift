import PackagingStandards
public import Registry
import Testing

/// What every `LinkedPeopleDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
///
/// The database must take its time from the machine's clock, as all that expires here is compared with it.
public enum LinkedPeopleDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any LinkedPeopleDatabase & PeopleDatabase & AccessDatabase & TokenDatabase
        & DeclarationDatabase & ChangesDatabase & AuditDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    private static let hour: Int64 = 3_600_000_000

    private static func identity(
        _ subject: String, _ provider: OutsideProvider = .ldap
    ) throws -> OutsideIdentity {
        try #require(OutsideIdentity(provider, subject: subject))
    }

    private static func eve(
        groups: [String] = [], isAdministrator: Bool? = nil, isWatched: Bool = false
    ) throws -> ProvenPerson {
        ProvenPerson(
            try identity("7"), name: "Eve", groups: groups, isAdministrator: isAdministrator, isWatched: isWatched)
    }

    /// Signs somebody in as of a moment before now; what is said counts for an hour after that moment.
    private static func signIn(
        _ person: ProvenPerson, hoursAgo: Int64 = 0, _ database: Subject
    ) async throws -> UserRecord {
        let moment = Timestamp.now().adding(microseconds: -hoursAgo * hour)
        return try await database.signIn(
            person, trustedUntil: moment.adding(microseconds: hour),
            by: ChangeAuthor(name: "ldap", userID: nil, at: moment))
    }

    private static func epoch(_ database: Subject) async throws -> Int64 {
        try await database.changes(since: nil).cursor.accessEpoch
    }

    private static func addToken(of user: String, expiresAt: Timestamp? = nil, _ database: Subject) async throws {
        _ = try await database.addToken(
            NewToken(digest: Sample.digest(user), name: "t", owner: .user(user), expiresAt: expiresAt),
            by: Sample.author())
    }

    private static func holder(_ user: String, _ database: Subject) async throws -> Person? {
        try await database.tokenHolders(of: [Sample.digest(user)]).values.first?.owner.person
    }

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
    public static let checks: [DatabaseCheck<Subject>] = signingIn + trusting + linking + leaving

    private static let signingIn: [DatabaseCheck<Subject>] = [
        Check("adds whoever signs in first, finds them by their identity, and changes nothing again") { database in
            let first = try await signIn(eve(groups: ["dev", "no group"]), database)
            #expect(first.name == "Eve")
            #expect(!first.hasPassword && first.isActive && !first.isAdministrator)
            #expect(first.groups == ["dev"])
            #expect(first.links.map(\.identity) == [try identity("7")])
            #expect(try await database.user(named: "eve")?.person == first.person)
            #expect(try await database.user(withID: first.id)?.person == first.person)
            let before = try await epoch(database)
            let renamed = ProvenPerson(try identity("7"), name: "Adam", groups: ["dev"])
            #expect(try await signIn(renamed, database).id == first.id)
            #expect(try await database.users().map(\.name) == ["Eve"])
            #expect(try await epoch(database) == before)
            let lines = try await database.audit(limit: 10, before: nil)
            #expect(lines.map(\.action) == ["user.groups", "user.link", "user.add"])
        },
        Check(
            "adds one person, however many sign in at once",
            twice: { database, again in
                let ids = try await withThrowingTaskGroup(of: Int64.self) { group in
                    for database in [database, again, database, again] {
                        group.addTask { try await signIn(eve(), database).id }
                    }
                    return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
                }
                #expect(ids.count == 1)
            }),
        Check("never takes anybody over by name") { database in
            try await database.addUser("eve", passwordHash: "$y$1", isAdministrator: true, by: Sample.author())
            await expect(.forbidden) { _ = try await signIn(eve(), database) }
            #expect(try await database.user(named: "eve")?.links == [])
            let other = ProvenPerson(try identity("8"), name: " adam\n")
            #expect(try await signIn(other, database).name == "adam")
            let namesake = ProvenPerson(try identity("8", .authenticator), name: "ADAM")
            await expect(.forbidden) { _ = try await signIn(namesake, database) }
            for name in ["", "jürgen", "a b", "-a", String(repeating: "a", count: 65)] {
                let odd = ProvenPerson(try identity("9"), name: name)
                await expect(.forbidden) { _ = try await signIn(odd, database) }
            }
            #expect(try await database.users().count == 2)
        },
        Check("keeps what changes in groups and role, as a change of rights") { database in
            try await database.addGroup("ops", by: Sample.author())
            let first = try await signIn(eve(groups: ["dev", "ops"]), database)
            #expect(first.groups == ["dev", "ops"] && first.groupIDs.count == 1)
            var before = try await epoch(database)
            let second = try await signIn(eve(groups: ["ops"], isAdministrator: true), database)
            #expect(second.groups == ["ops"] && second.isAdministrator)
            #expect(try await epoch(database) > before)
            #expect(try await database.hasAdministrator())
            await expect(.conflict) {
                _ = try await database.setAdministrator(false, ofUser: "eve", by: Sample.author())
            }
            before = try await epoch(database)
            #expect(try await !signIn(eve(groups: ["ops"], isAdministrator: false), database).isAdministrator)
            #expect(try await epoch(database) > before)
            // A group that is added later is found by its name.
            _ = try await signIn(eve(groups: ["late"]), database)
            try await database.addGroup("late", by: Sample.author())
            #expect(try await database.user(named: "eve")?.groupIDs.count == 1)
        },
    ]

    private static let trusting: [DatabaseCheck<Subject>] = [
        Check("stops to believe groups and role when their time is over, also of tokens") { database in
            try await database.declareIndexes([.main])
            try await database.addGroup("ops", by: Sample.author())
            _ = try await signIn(eve(groups: ["ops"], isAdministrator: true), hoursAgo: 2, database)
            _ = try await database.addMember("eve", to: "ops", by: Sample.author())
            try await addToken(of: "eve", database)
            let old = try #require(try await database.user(named: "eve"))
            // What this server itself says stays.
            #expect(old.groups == ["ops"] && old.groupIDs.count == 1)
            #expect(!old.isAdministrator && old.isActive && old.validUntil == nil)
            #expect(try await holder("eve", database) == old.person)
            _ = try await database.removeMember("eve", from: "ops", by: Sample.author())
            #expect(try await holder("eve", database)?.groups == [])
            let before = try await epoch(database)
            let new = try await signIn(eve(groups: ["ops"], isAdministrator: true), database)
            #expect(new.groups == ["ops"] && new.isAdministrator && new.validUntil != nil)
            #expect(try await epoch(database) > before)
            #expect(try await holder("eve", database) == new.person)
        },
        Check("lets nobody in whom a watchful provider could not confirm for too long") { database in
            _ = try await signIn(eve(isWatched: true), hoursAgo: 2, database)
            try await addToken(of: "eve", database)
            #expect(try await database.user(named: "eve")?.isActive == false)
            #expect(try await holder("eve", database) == nil)
            let before = try await epoch(database)
            #expect(try await signIn(eve(isWatched: true), database).isActive)
            #expect(try await epoch(database) > before)
            #expect(try await holder("eve", database) != nil)
        },
        Check("says whom to ask about again: those with good tokens, who wait longest") { database in
            let now = Timestamp.now()
            for (subject, hours) in [("1", Int64(3)), ("2", 5), ("3", 4), ("4", 0)] {
                let person = ProvenPerson(try identity(subject), name: "u\(subject)")
                _ = try await signIn(person, hoursAgo: hours, database)
            }
            for user in ["u1", "u2", "u4"] { try await addToken(of: user, database) }
            try await addToken(of: "u3", expiresAt: now.adding(microseconds: -1), database)
            let limit = now.adding(microseconds: -hour)
            func asked(_ provider: OutsideProvider = .ldap, most: Int = 10) async throws -> [String] {
                try await database.identitiesToConfirm(of: provider, confirmedBefore: limit, at: now, most: most)
                    .map(\.subject)
            }
            #expect(try await asked() == ["2", "1"])
            #expect(try await asked(most: 1) == ["2"])
            #expect(try await asked(.authenticator) == [])
            // Whoever was linked by hand was never confirmed; whoever is blocked is not asked about.
            try await database.addUser("u5", passwordHash: "$y$1", isAdministrator: false, by: Sample.author())
            _ = try await database.link("u5", to: identity("5"), by: Sample.author())
            try await addToken(of: "u5", database)
            #expect(try await asked() == ["5", "2", "1"])
            _ = try await database.setBlocked(true, ofUser: "u2", by: Sample.author())
            #expect(try await asked() == ["5", "1"])
            #expect(try await database.markGone(identity("1"), by: ChangeAuthor(name: "ldap", userID: nil, at: now)))
            #expect(try await asked() == ["5"])
        },
    ]

    private static let linking: [DatabaseCheck<Subject>] = [
        Check("links by an administrator's word, which ends a password unless people sign in elsewhere") { database in
            let author = Sample.author("root")
            for name in ["eve", "adam"] {
                try await database.addUser(name, passwordHash: "$y$1", isAdministrator: false, by: author)
            }
            let sso = try #require(OutsideProvider("sso:acme"))
            #expect(try await database.link("EVE", to: identity("a", sso), by: author))
            #expect(try await database.user(named: "eve")?.hasPassword == true)
            #expect(try await database.link("eve", to: identity("7"), by: author))
            #expect(try await !database.link("eve", to: identity("7"), by: author))
            let linked = try #require(try await database.user(named: "eve"))
            #expect(!linked.hasPassword && linked.isActive && linked.passwordGeneration == 2)
            await expect(.conflict) {
                _ = try await database.changePasswordHash("$y$2", ofUserID: linked.id, generation: 2, by: author)
            }
            await expect(.alreadyExists) { _ = try await database.link("eve", to: identity("8"), by: author) }
            await expect(.alreadyExists) { _ = try await database.link("adam", to: identity("7"), by: author) }
            await expect(.notFound) { _ = try await database.link("nobody", to: identity("9"), by: author) }
            #expect(try await signIn(eve(), database).id == linked.id)
            #expect(try await database.unlink("eve", from: .ldap, by: author))
            #expect(try await !database.unlink("eve", from: .ldap, by: author))
            await expect(.notFound) { _ = try await database.unlink("nobody", from: .ldap, by: author) }
            #expect(try await database.user(named: "eve")?.links.map(\.identity) == [try identity("a", sso)])
            await expect(.forbidden) { _ = try await signIn(eve(), database) }
        },
        Check("lets whom the configuration declares sign in by nothing else") { database in
            _ = try await signIn(eve(groups: ["ops"], isAdministrator: true), database)
            let declared = DeclaredPerson(name: "eve", passwordHash: "$y$1", isAdministrator: false)
            _ = try await database.declare(Declaration(people: [declared]), by: Sample.author())
            let found = try #require(try await database.user(named: "eve"))
            #expect(found.groups == [] && !found.isAdministrator && found.isActive && found.validUntil == nil)
            await expect(.forbidden) { _ = try await signIn(eve(), database) }
            await expect(.conflict) {
                _ = try await database.setBlocked(true, ofUser: "eve", by: Sample.author())
            }
            #expect(try await database.unlink("eve", from: .ldap, by: Sample.author()))
            await expect(.conflict) { _ = try await database.link("eve", to: identity("7"), by: Sample.author()) }
        },
    ]

    private static let leaving: [DatabaseCheck<Subject>] = [
        Check("ends whom the outside has no more, until they are back") { database in
            _ = try await signIn(eve(groups: ["dev"], isWatched: true), hoursAgo: 0, database)
            try await addToken(of: "eve", database)
            let before = try await epoch(database)
            let now = ChangeAuthor(name: "ldap", userID: nil, at: .now())
            #expect(try await database.markGone(identity("7"), by: now))
            #expect(try await epoch(database) > before)
            let later = ChangeAuthor(name: "ldap", userID: nil, at: now.at.adding(microseconds: 1))
            #expect(try await !database.markGone(identity("7"), by: later))
            #expect(try await !database.markGone(identity("8"), by: later))
            let gone = try #require(try await database.user(named: "eve"))
            #expect(!gone.isActive && gone.groups == [])
            #expect(try await holder("eve", database) == nil)
            #expect(try await signIn(eve(groups: ["dev"], isWatched: true), database).isActive)
            #expect(try await holder("eve", database)?.groups == ["dev"])
            let lines = try await database.audit(limit: 2, before: nil)
            #expect(lines.map(\.action) == ["user.back", "user.gone"])
        },
        Check("keeps blocked people out, but not the last administrator") { database in
            let author = Sample.author("root")
            try await database.addUser("root", passwordHash: "$y$1", isAdministrator: true, by: author)
            await expect(.conflict) { _ = try await database.setBlocked(true, ofUser: "root", by: author) }
            await expect(.notFound) { _ = try await database.setBlocked(true, ofUser: "nobody", by: author) }
            _ = try await signIn(eve(), database)
            try await addToken(of: "eve", database)
            #expect(try await database.setBlocked(true, ofUser: "EVE", by: author))
            #expect(try await !database.setBlocked(true, ofUser: "eve", by: author))
            #expect(try await database.user(named: "eve")?.isActive == false)
            #expect(try await holder("eve", database) == nil)
            await expect(.forbidden) { _ = try await signIn(eve(), database) }
            #expect(try await database.setBlocked(false, ofUser: "eve", by: author))
            #expect(try await signIn(eve(), database).isActive)
            #expect(try await holder("eve", database) != nil)
        },
        Check("knows a removed person as somebody new") { database in
            let first = try await signIn(eve(groups: ["dev"]), database)
            try await database.removeUser("eve", by: Sample.author())
            let second = try await signIn(eve(), database)
            #expect(second.id != first.id && second.groups == [])
        },
    ]
}
