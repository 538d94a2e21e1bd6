public import Registry
import Testing

/// What every `PeopleDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum PeopleDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any PeopleDatabase & DeclarationDatabase & AuditDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check("keeps people, found without case") { database in
            try await database.addUser("Eve", passwordHash: "$y$1", isAdministrator: false, by: Sample.author())
            let eve = try #require(try await database.user(named: "eve"))
            #expect(eve.name == "Eve")
            #expect(eve.passwordHash == "$y$1")
            #expect(!eve.isAdministrator)
            #expect(eve.groups.isEmpty)
            #expect(try await database.user(named: "eva") == nil)
            try await database.addUser("adam", passwordHash: "$y$2", isAdministrator: true, by: Sample.author())
            #expect(try await database.users().map(\.name) == ["adam", "Eve"])
        },
        Check("gives a name to one person only") { database in
            try await database.addUser("Eve", passwordHash: "$y$1", isAdministrator: false, by: Sample.author())
            let error = await #expect(throws: RegistryError.self) {
                try await database.addUser("eVE", passwordHash: "$y$2", isAdministrator: true, by: Sample.author())
            }
            #expect(error?.code == .alreadyExists)
            #expect(try await database.users().map(\.passwordHash) == ["$y$1"])
        },
        Check(
            "makes one first administrator, however many try",
            twice: { database, again in
                #expect(try await !database.hasAdministrator())
                let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for (number, database) in [database, again, database, again].enumerated() {
                        group.addTask {
                            try await database.addFirstAdministrator(
                                "root\(number)", passwordHash: "$y$", by: Sample.author())
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(made.count { $0 } == 1)
                #expect(try await database.hasAdministrator())
                #expect(try await database.users().count == 1)
            }),
        Check("counts the passwords that a person has had, but not renewed hashes of one") { database in
            try await database.addUser("eve", passwordHash: "$y$1", isAdministrator: false, by: Sample.author())
            let first = try #require(try await database.user(named: "eve"))
            try await database.setPasswordHash("$y$2", ofUser: "EVE", by: Sample.author())
            let second = try #require(try await database.user(named: "eve"))
            #expect(second.passwordGeneration > first.passwordGeneration)
            try await database.renewPasswordHash("$y$3", replacing: "$y$1", ofUserID: second.id)
            #expect(try await database.user(named: "eve")?.passwordHash == "$y$2")
            try await database.renewPasswordHash("$y$3", replacing: "$y$2", ofUserID: second.id)
            let third = try #require(try await database.user(named: "eve"))
            #expect(third.passwordHash == "$y$3")
            #expect(third.passwordGeneration == second.passwordGeneration)
        },
        Check("changes a password if it is still the one that was proved, and not for declared people") { database in
            try await database.addUser("Eve", passwordHash: "$y$1", isAdministrator: false, by: Sample.author())
            let first = try #require(try await database.user(named: "eve"))
            func change(_ hash: String, _ generation: Int64, of id: Int64) async throws -> UserRecord {
                try await database.changePasswordHash(
                    hash, ofUserID: id, generation: generation, by: Sample.author("Eve"))
            }
            let second = try await change("$y$2", first.passwordGeneration, of: first.id)
            #expect(second.passwordHash == "$y$2" && second.passwordGeneration > first.passwordGeneration)
            #expect(try await database.user(named: "eve") == second)
            for (generation, id) in [(first.passwordGeneration, first.id), (second.passwordGeneration, first.id + 1)] {
                let error = await #expect(throws: RegistryError.self) {
                    _ = try await change("$y$3", generation, of: id)
                }
                #expect(error?.code == .wrongCredentials)
            }
            let declared = DeclaredPerson(name: "eve", passwordHash: "$y$2", isAdministrator: false)
            try await database.declare(Declaration(people: [declared]), by: Sample.author())
            let generation = try #require(try await database.user(named: "eve")).passwordGeneration
            let error = await #expect(throws: RegistryError.self) {
                _ = try await change("$y$3", generation, of: first.id)
            }
            #expect(error?.code == .conflict)
        },
        Check("keeps the last administrator, and knows whom it does not know") { database in
            let author = Sample.author()
            try await database.addUser("root", passwordHash: "$y$1", isAdministrator: true, by: author)
            var error = await #expect(throws: RegistryError.self) { try await database.removeUser("root", by: author) }
            #expect(error?.code == .conflict)
            error = await #expect(throws: RegistryError.self) { try await database.removeUser("eve", by: author) }
            #expect(error?.code == .notFound)
            error = await #expect(throws: RegistryError.self) {
                try await database.setPasswordHash("$y$", ofUser: "eve", by: author)
            }
            #expect(error?.code == .notFound)
            try await database.addUser("other", passwordHash: "$y$1", isAdministrator: true, by: author)
            try await database.removeUser("root", by: author)
            #expect(try await database.users().map(\.name) == ["other"])
        },
        Check("makes administrators and ends their role, but keeps the last one") { database in
            let author = Sample.author("root")
            try await database.addUser("root", passwordHash: "$y$1", isAdministrator: true, by: author)
            try await database.addUser("eve", passwordHash: "$y$1", isAdministrator: false, by: author)
            var error = await #expect(throws: RegistryError.self) {
                try await database.setAdministrator(false, ofUser: "root", by: author)
            }
            #expect(error?.code == .conflict)
            #expect(try await database.setAdministrator(true, ofUser: "EVE", by: author))
            #expect(try await !database.setAdministrator(true, ofUser: "eve", by: author))
            #expect(try await database.user(named: "eve")?.isAdministrator == true)
            #expect(try await database.setAdministrator(false, ofUser: "root", by: author))
            #expect(try await database.user(named: "root")?.isAdministrator == false)
            error = await #expect(throws: RegistryError.self) {
                try await database.setAdministrator(true, ofUser: "nobody", by: author)
            }
            #expect(error?.code == .notFound)
            let lines = try await database.audit(limit: 10, before: nil)
            #expect(lines.map(\.action) == ["user.admin", "user.admin", "user.add", "user.add"])
            #expect(lines.first?.detail == "user")
        },
        Check("never gives an id again, though a name may be") { database in
            let author = Sample.author()
            try await database.addUser("eve", passwordHash: "$y$1", isAdministrator: false, by: author)
            let first = try #require(try await database.user(named: "eve")?.id)
            try await database.removeUser("eve", by: author)
            try await database.addUser("eve", passwordHash: "$y$1", isAdministrator: false, by: author)
            #expect(try await database.user(named: "eve")?.id != first)
        },
        Check("takes the members of groups from the declaration, also before they exist") { database in
            try await database.declare(Declaration(groups: ["dev": ["Eve", "adam"], "ops": []]), by: Sample.author())
            try await database.addUser("eve", passwordHash: "$y$1", isAdministrator: false, by: Sample.author())
            #expect(try await database.user(named: "eve")?.groups == ["dev"])
            try await database.declare(Declaration(groups: ["ops": ["eve"]]), by: Sample.author())
            #expect(try await database.user(named: "eve")?.groups == ["ops"])
            try await database.declare(Declaration(groups: [:]), by: Sample.author())
            #expect(try await database.user(named: "eve")?.groups == [])
        },
        Check("names people in the audit, and never their hashes") { database in
            let author = Sample.author("root")
            try await database.addUser("eve", passwordHash: "$y$secret", isAdministrator: true, by: author)
            try await database.addUser("adam", passwordHash: "$y$secret", isAdministrator: false, by: author)
            try await database.setPasswordHash("$y$secret2", ofUser: "adam", by: author)
            try await database.removeUser("adam", by: author)
            let lines = try await database.audit(limit: 10, before: nil)
            #expect(lines.map(\.action) == ["user.remove", "user.password", "user.add", "user.add"])
            #expect(lines.allSatisfy { $0.actor == "root" && !"\($0)".contains("secret") })
        },
    ]
}
