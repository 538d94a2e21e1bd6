import Logging
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Synchronization
import Testing

@testable import PasswordAuthentication

@Suite("Authenticators with a database")
struct AuthenticatorContractTests {
    private static let password = "correct horse"

    /// The count of changes, as a server has read it.
    private final class Epoch: Sendable {
        let value = Mutex<Int64>(0)

        func read(_ database: SQLDatabase) async throws {
            let found = try await database.changes(since: nil).cursor.accessEpoch
            value.withLock { $0 = found }
        }
    }

    /// A place outside that knows alice.
    private struct Place: OutsidePeople {
        let provider = OutsideProvider.authenticator
        let groups: [String]

        func verify(user: String, password: String) async throws -> OutsideAnswer {
            guard user == "alice", let identity = OutsideIdentity(.authenticator, subject: "7") else {
                return .unknownUser
            }
            guard password == AuthenticatorContractTests.password else { return .wrongPassword }
            return .person(ProvenPerson(identity, name: "alice", groups: groups))
        }
    }

    private func withDatabase(_ body: (SQLDatabase) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLDatabase.sqlite(path: folder.path + "/cellar.db")
        do {
            try await body(database)
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    private func local(_ database: SQLDatabase, _ epoch: Epoch) throws -> PasswordAuthenticator {
        PasswordAuthenticator(
            database: database, hasher: try PasswordHasher(), accessEpoch: { epoch.value.withLock { $0 } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func outside(
        _ database: SQLDatabase, _ epoch: Epoch, groups: [String] = [], trust: Duration = .seconds(60)
    ) -> OutsideAuthenticator {
        OutsideAuthenticator(
            outside: Place(groups: groups), database: database, trust: trust,
            accessEpoch: { epoch.value.withLock { $0 } })
    }

    @Test("local passwords keep the contract", arguments: AuthenticatorContract.checks)
    func local(_ check: AuthenticatorContract.Check) async throws {
        try await withDatabase { database in
            let (epoch, hash) = (Epoch(), try await PasswordHasher().hash(Self.password))
            try await database.addUser("alice", passwordHash: hash, isAdministrator: false, by: Sample.author())
            try await database.addUser("root", passwordHash: hash, isAdministrator: true, by: Sample.author())
            try await check.run(
                AuthenticatorContract.Subject(
                    authenticator: try local(database, epoch), database: database, password: Self.password,
                    refresh: { try await epoch.read(database) }))
        }
    }

    @Test("a chain with a place outside keeps the contract", arguments: AuthenticatorContract.checks)
    func chain(_ check: AuthenticatorContract.Check) async throws {
        try await withDatabase { database in
            let epoch = Epoch()
            try await database.addUser("root", passwordHash: "$y$1", isAdministrator: true, by: Sample.author())
            let chain = AuthenticatorChain(local: try local(database, epoch), outside: outside(database, epoch))
            try await check.run(
                AuthenticatorContract.Subject(
                    authenticator: chain, database: database, password: Self.password,
                    refresh: { try await epoch.read(database) }))
        }
    }

    @Test("whoever has a password here is not asked for outside, and takes nobody over")
    func order() async throws {
        try await withDatabase { database in
            let epoch = Epoch()
            let chain = AuthenticatorChain(local: try local(database, epoch), outside: outside(database, epoch))
            let hash = try await PasswordHasher().hash("battery staple")
            try await database.addUser("alice", passwordHash: hash, isAdministrator: false, by: Sample.author())
            func code(_ password: SentPassword) async -> RegistryError.Code? {
                do {
                    _ = try await chain.caller(for: .password(user: "alice", password: password))
                    return nil
                } catch {
                    return (error as? RegistryError)?.code
                }
            }
            #expect(await code("battery staple") == nil)
            #expect(await code("correct horse") == .wrongCredentials)
            let identity = try #require(OutsideIdentity(.authenticator, subject: "7"))
            _ = try await database.link("alice", to: identity, by: Sample.author())
            try await epoch.read(database)
            #expect(await code("battery staple") == .wrongCredentials)
            #expect(await code("correct horse") == nil)
            // Without the link it is a user of the same name, who has no password.
            _ = try await database.unlink("alice", from: .authenticator, by: Sample.author())
            try await epoch.read(database)
            #expect(await code("correct horse") == .forbidden)
        }
    }

    @Test("groups from outside end with their time, though nothing changes and the password is remembered")
    func trust() async throws {
        try await withDatabase { database in
            let epoch = Epoch()
            let authenticator = outside(database, epoch, groups: ["dev"], trust: .milliseconds(400))
            let sent = Credentials.password(user: "alice", password: "correct horse")
            func groups() async throws -> Set<String>? {
                guard case .person(let person) = try await authenticator.caller(for: sent) else { return nil }
                return person.groups
            }
            #expect(try await groups() == ["dev"])
            try await epoch.read(database)
            #expect(try await groups() == ["dev"])
            #expect(authenticator.knownCaller(for: sent) != nil)
            try await Task.sleep(for: .milliseconds(500))
            #expect(authenticator.knownCaller(for: sent) == nil)
            #expect(try await groups() == [])
        }
    }
}
