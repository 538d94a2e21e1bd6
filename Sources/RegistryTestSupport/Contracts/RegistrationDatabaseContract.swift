import PackagingStandards
public import Registry
import Testing

/// What every `RegistrationDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum RegistrationDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any RegistrationDatabase & PeopleDatabase & AuditDatabase

    typealias Check = DatabaseCheck<Subject>

    private static func ask(
        _ name: String, from network: String = "192.0.2.1", until end: Int64 = 100, at moment: Int64 = 1,
        _ database: Subject
    ) async throws {
        try await database.addRegistration(
            NewRegistration(
                name: name, passwordHash: "$y$\(name)", note: "It is \(name)", address: network, network: network,
                expiresAt: SampleTime.after(end)),
            by: Sample.author("anonymous", after: moment))
    }

    private static func isFull(_ database: Subject, from network: String, at moment: Int64 = 1) async -> Bool {
        var codes: [RegistryError.Code?] = []
        do { try await database.requireRegistrationRoom(from: network, at: SampleTime.after(moment)) } catch {
            codes.append((error as? RegistryError)?.code)
        }
        do { try await ask("more", from: network, at: moment, database) } catch {
            codes.append((error as? RegistryError)?.code)
        }
        return codes == [.conflict, .conflict]
    }

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check("keeps requests until their time, several for one name, and says whether that is taken") { database in
            try await database.addUser("adam", passwordHash: "$y$", isAdministrator: false, by: Sample.author(after: 1))
            try await ask("Eve", database)
            try await ask("Adam", until: 50, database)
            try await ask("eve", database)
            let found = try await database.registrations(at: SampleTime.after(49))
            #expect(found.map(\.name) == ["Eve", "Adam", "eve"])
            #expect(found.map(\.isNameTaken) == [false, true, false])
            #expect(found[0].note == "It is Eve" && found[0].address == "192.0.2.1")
            #expect(found[0].createdAt == SampleTime.after(1) && found[0].expiresAt == SampleTime.after(100))
            #expect(try await database.registrations(at: SampleTime.after(50)).map(\.name) == ["Eve", "eve"])
            let lines = try await database.audit(limit: 3, before: nil)
            #expect(lines.map(\.action) == ["user.request", "user.request", "user.request"])
            #expect(lines.allSatisfy { !"\($0)".contains("$y$") })
        },
        Check("adds whoever is approved, with the password that they chose, and drops the others of the name") {
            database in
            try await ask("Eve", database)
            try await ask("eve", database)
            try await ask("adam", database)
            let found = try await database.registrations(at: SampleTime.after(5))
            let author = Sample.author("root", after: 5)
            #expect(try await database.approveRegistration(found[1].id, by: author) == found[1])
            let eve = try #require(try await database.user(named: "eve"))
            #expect(eve.name == "eve" && eve.passwordHash == "$y$eve" && !eve.isAdministrator)
            #expect(try await database.registrations(at: SampleTime.after(5)).map(\.name) == ["adam"])
            for id in [found[0].id, found[1].id] {
                #expect(try await database.approveRegistration(id, by: author) == nil)
            }
            // Too late.
            let late = try await database.approveRegistration(found[2].id, by: Sample.author("root", after: 100))
            #expect(late == nil)
            #expect(try await database.audit(limit: 1, before: nil).map(\.actor) == ["root"])
        },
        Check("keeps a request whose name is taken, until it is rejected") { database in
            try await ask("eve", database)
            try await database.addUser("Eve", passwordHash: "$y$", isAdministrator: false, by: Sample.author(after: 1))
            let request = try #require(try await database.registrations(at: SampleTime.after(5)).first)
            let author = Sample.author("root", after: 5)
            let error = await #expect(throws: RegistryError.self) {
                _ = try await database.approveRegistration(request.id, by: author)
            }
            #expect(error?.code == .alreadyExists)
            #expect(try await database.rejectRegistration(request.id, by: author)?.id == request.id)
            #expect(try await database.rejectRegistration(request.id, by: author) == nil)
            #expect(try await database.registrations(at: SampleTime.after(5)).isEmpty)
            #expect(try await database.audit(limit: 1, before: nil).map(\.action) == ["user.reject"])
        },
        Check("keeps so many from one network, and so many in all") { database in
            for number in 0..<Registration.mostOfOneNetwork {
                try await ask("eve\(number)", from: "192.0.2.1", until: number == 0 ? 50 : 100, database)
            }
            #expect(await isFull(database, from: "192.0.2.1"))
            try await database.requireRegistrationRoom(from: "192.0.2.2", at: SampleTime.after(1))
            // One has expired.
            try await ask("late", from: "192.0.2.1", at: 50, database)
            for number in Registration.mostOfOneNetwork..<Registration.most {
                try await ask("adam\(number)", from: "198.51.100.\(number)", at: 51, database)
            }
            #expect(await isFull(database, from: "192.0.2.2", at: 51))
        },
    ]
}
