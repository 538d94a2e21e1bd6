import PackagingStandards
public import Registry
import Testing

/// What every `DeclarationDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum DeclarationDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any DeclarationDatabase & PeopleDatabase & AccessDatabase & PublishingDatabase
        & ReadingDatabase & ChangesDatabase & OutboxDatabase & RebuildDatabase & InstallationDatabase & AuditDatabase
        & TokenDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = people + grants + tokens

    static func ada(_ hash: String = "$y$1", admin: Bool = false, name: String = "ada") -> DeclaredPerson {
        DeclaredPerson(name: name, passwordHash: hash, isAdministrator: admin)
    }

    private static func scope(_ project: String) throws -> GrantScope {
        guard let pattern = NamePattern(project) else { throw Sample.Unreadable(text: project) }
        return .projects(.main, pattern)
    }

    static func epoch(_ database: Subject) async throws -> Int64 {
        try await database.changes(since: nil).cursor.accessEpoch
    }

    static func code(_ work: () async throws -> Void) async -> RegistryError.Code? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? RegistryError)?.code ?? .internal
        }
    }

    private static let people: [DatabaseCheck<Subject>] = [
        Check("adds declared people, and counts a change only if there is one") { database in
            let declaration = Declaration(people: [ada(admin: true)], groups: ["dev": ["ada"]])
            #expect(try await database.declare(declaration, by: Sample.author()).isChange)
            let first = try #require(try await database.user(named: "ada"))
            #expect(first.isDeclared && first.isAdministrator)
            #expect(first.passwordHash == "$y$1")
            #expect(first.groups == ["dev"])
            #expect(try await database.hasAdministrator())
            let before = try await epoch(database)
            #expect(try await !database.declare(declaration, by: Sample.author()).isChange)
            #expect(try await epoch(database) == before)
            #expect(try await database.users() == [first])
        },
        Check(
            "makes of many equal declarations at once one change",
            twice: { database, again in
                let declaration = Declaration(people: [ada()], groups: ["dev": ["ada"]])
                let changes = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for database in [database, again, database, again] {
                        group.addTask { try await database.declare(declaration, by: Sample.author()).isChange }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(changes.count { $0 } == 1)
                #expect(try await database.users().count == 1)
            }),
        Check("refuses to change a declared person by other means") { database in
            try await database.declare(Declaration(people: [ada()]), by: Sample.author())
            let author = Sample.author()
            #expect(await code { try await database.setPasswordHash("$y$2", ofUser: "ADA", by: author) } == .conflict)
            #expect(await code { try await database.removeUser("ada", by: author) } == .conflict)
            #expect(
                await code { _ = try await database.setAdministrator(true, ofUser: "ada", by: author) } == .conflict)
            #expect(
                await code {
                    try await database.addUser("Ada", passwordHash: "$y$2", isAdministrator: true, by: author)
                } == .alreadyExists)
            #expect(try await database.user(named: "ada")?.passwordHash == "$y$1")
        },
        Check("takes a person of the database over under their id, with a new password and role") { database in
            try await database.addUser("ADA", passwordHash: "$y$0", isAdministrator: true, by: Sample.author())
            try await database.addGroup("ops", by: Sample.author())
            _ = try await database.addMember("ada", to: "ops", by: Sample.author())
            let before = try #require(try await database.user(named: "ada"))
            try await database.declare(Declaration(people: [ada()]), by: Sample.author())
            let after = try #require(try await database.user(named: "ada"))
            #expect(after.id == before.id)
            #expect(after.name == "ada")
            #expect(after.passwordHash == "$y$1")
            #expect(after.passwordGeneration > before.passwordGeneration)
            #expect(after.isDeclared && !after.isAdministrator)
            #expect(after.groups == ["ops"])
        },
        Check("changes password, role and spelling of a declared person, and keeps the id") { database in
            try await database.declare(Declaration(people: [ada()]), by: Sample.author())
            let first = try #require(try await database.user(named: "ada"))
            try await database.declare(
                Declaration(people: [ada("$y$2", admin: true, name: "Ada")]), by: Sample.author())
            let second = try #require(try await database.user(named: "ada"))
            #expect(second.id == first.id)
            #expect(second.name == "Ada" && second.isAdministrator && second.passwordHash == "$y$2")
            #expect(second.passwordGeneration > first.passwordGeneration)
        },
        Check("keeps a renewed hash of the declared password") { database in
            let declaration = Declaration(people: [ada("$6$old")])
            try await database.declare(declaration, by: Sample.author())
            let ada = try #require(try await database.user(named: "ada"))
            try await database.renewPasswordHash("$y$new", replacing: "$6$old", ofUserID: ada.id)
            #expect(try await !database.declare(declaration, by: Sample.author()).isChange)
            #expect(try await database.user(named: "ada")?.passwordHash == "$y$new")
        },
        Check("removes who is declared no more, also the last administrator, and gives nobody else the id") {
            database in
            let author = Sample.author()
            try await database.declare(Declaration(people: [ada(admin: true)]), by: author)
            let id = try #require(try await database.user(named: "ada")?.id)
            try await database.declare(Declaration(), by: author)
            #expect(try await database.user(named: "ada") == nil)
            #expect(try await database.users().isEmpty)
            #expect(try await !database.hasAdministrator())
            try await database.declare(Declaration(people: [ada("$y$other")]), by: author)
            let second = try #require(try await database.user(named: "ada")?.id)
            #expect(second != id)
            try await database.declare(Declaration(), by: author)
            try await database.addUser("ada", passwordHash: "$y$1", isAdministrator: false, by: author)
            let third = try #require(try await database.user(named: "ada"))
            #expect(third.id != id && third.id != second && !third.isDeclared)
        },
        Check("gives the id back to who is declared again with the same name and hash") { database in
            let author = Sample.author()
            let declaration = Declaration(people: [ada()])
            try await database.declare(declaration, by: author)
            let first = try #require(try await database.user(named: "ada"))
            try await database.declare(Declaration(), by: author)
            try await database.addUser("eve", passwordHash: "$y$", isAdministrator: false, by: author)
            try await database.declare(declaration, by: author)
            let again = try #require(try await database.user(named: "ada"))
            #expect(again.id == first.id)
            #expect(again.passwordGeneration > first.passwordGeneration)
        },
        Check("names what it did in the audit, and never hashes") { database in
            let author = Sample.author("configuration")
            try await database.declare(Declaration(people: [ada("$y$secret")]), by: author)
            try await database.declare(Declaration(people: [ada("$y$secret2", admin: true)]), by: author)
            try await database.declare(Declaration(), by: author)
            let lines = try await database.audit(limit: 10, before: nil)
            #expect(lines.map(\.action) == ["user.remove", "user.admin", "user.password", "user.add"])
            #expect(lines.allSatisfy { $0.actor == "configuration" && !"\($0)".contains("secret") })
        },
    ]

    private static let grants: [DatabaseCheck<Subject>] = [
        Check("gives declared grants to declared people and groups, and takes back what is declared no more") {
            database in
            try await database.declareIndexes([.main])
            let declaration = Declaration(
                people: [ada(name: "Ada")], groups: ["dev": ["ada"]],
                grants: [
                    DeclaredGrant(.read, to: .user("ada"), on: try scope("some-name")),
                    DeclaredGrant(.write, to: .group("dev"), on: .index(.main)),
                    DeclaredGrant(.read, to: .everyone, on: .server),
                ])
            try await database.declare(declaration, by: Sample.author("configuration"))
            let records = try await database.grants()
            #expect(records.map(\.principal) == ["user:Ada", "group:dev", "everyone"])
            #expect(records.allSatisfy { $0.isDeclared && $0.grantedBy == "configuration" })
            #expect(try await !database.declare(declaration, by: Sample.author()).isChange)
            var fewer = declaration
            fewer.grants = [declaration.grants[1]]
            #expect(try await database.declare(fewer, by: Sample.author()).isChange)
            #expect(try await database.grants() == [records[1]])
        },
        Check("takes a grant over that is there, and refuses to take a declared one back by other means") { database in
            try await database.declareIndexes([.main])
            let author = Sample.author()
            let added = try await database.addGrant(of: .read, to: .everyone, on: .server, by: author)
            let declaration = Declaration(grants: [DeclaredGrant(.read, to: .everyone, on: .server)])
            #expect(try await database.declare(declaration, by: author).grants.isEmpty)
            #expect(try await database.grants().map(\.isDeclared) == [true])
            #expect(await code { _ = try await database.removeGrant(added.record.id, by: author) } == .conflict)
            #expect(try await database.addGrant(of: .read, to: .everyone, on: .server, by: author).isChange == false)
            try await database.declare(Declaration(), by: author)
            #expect(try await database.grants().isEmpty)
        },
        Check("keeps what others granted a removed person closed, and for nobody else") { database in
            try await database.declareIndexes([.main])
            let author = Sample.author()
            try await database.declare(Declaration(people: [ada()]), by: author)
            let id = try #require(try await database.user(named: "ada")?.id)
            _ = try await database.addGrant(of: .read, to: .user("ada"), on: try scope("secret"), by: author)
            try await database.declare(Declaration(), by: author)
            #expect(try await database.grants().map(\.principal) == ["user:#\(id)"])
            try await database.declare(Declaration(people: [ada("$y$other")]), by: author)
            #expect(try await database.grants().map(\.principal) == ["user:#\(id)"])
        },
        Check("writes the manifests of projects that get their first grant by a declaration, or lose their last") {
            database in
            try await database.declareIndexes([.main])
            let author = Sample.author()
            try await database.publish(SampleFile("some-name"))
            let declaration = Declaration(
                people: [ada()], grants: [DeclaredGrant(.read, to: .user("ada"), on: try scope("some-name"))])
            for declared in [declaration, Declaration()] {
                let before = try await database.changes(since: nil).cursor
                let change = try await database.declare(declared, by: author)
                #expect(change.grants.map { $0.projects.map(\.description) } == [["some-name"]])
                let after = try await database.changes(since: before)
                #expect(after.projects.map(\.project.description) == ["some-name"])
                #expect(after.cursor.accessEpoch > before.accessEpoch)
            }
        },
    ]
}
