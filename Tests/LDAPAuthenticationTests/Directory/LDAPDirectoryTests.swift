import Logging
import PackagingStandards
import PasswordAuthentication
import Registry
import RegistryTestSupport
import SQLDatabase
import Synchronization
import Testing

@testable import LDAPAuthentication

@Suite("A real directory", .enabled(if: TestDirectory.shared != nil, Comment(rawValue: TestDirectory.isMissing)))
struct LDAPDirectoryTests {
    private let test: TestDirectory

    init() throws {
        test = try #require(TestDirectory.shared)
    }

    private func directory(_ settings: LDAPSettings) throws -> LDAPDirectory {
        try LDAPDirectory(settings, logger: TestDirectory.quiet())
    }

    private func person(_ answer: OutsideAnswer) -> ProvenPerson? {
        if case .person(let person) = answer { person } else { nil }
    }

    @Test("recognises people by their passwords, whatever their names mean elsewhere")
    func names() async throws {
        let directory = try directory(test.settings())
        let people = [
            ("alice", "alice-secret"), ("wild*(card)\\", "wild-secret"), ("#1, \"Jr.\" <x>+;=", "junior-secret"),
            ("jürgen", "juergen-secret"),
        ]
        for (user, password) in people {
            let found = person(try await directory.verify(user: user, password: password))
            #expect(found?.name == user)
            #expect(found?.isWatched == true)
            #expect(try await directory.verify(user: user, password: "wrong") == .wrongPassword)
        }
        for user in ["nobody", "*", "al*", "alice)(uid=*", "", "twin", "dave"] {
            #expect(try await directory.verify(user: user, password: "twin-secret") == .unknownUser, "\(user)")
        }
        #expect(try await directory.verify(user: "erin", password: "erin-secret") == .wrongPassword)
        #expect(try await directory.verify(user: "alice", password: "") == .wrongPassword)
    }

    @Test("finds people without a search where their names say it")
    func format() async throws {
        let settings = test.settings { settings in
            settings.people = .format("uid={username},\(TestDirectory.people)")
            settings.service = nil
        }
        let directory = try directory(settings)
        #expect(!directory.isWatchful)
        for (user, password) in [("alice", "alice-secret"), ("#1, \"Jr.\" <x>+;=", "junior-secret")] {
            let found = person(try await directory.verify(user: user, password: password))
            #expect(found?.name == user && found?.isWatched == false)
        }
        for user in ["alice", "nobody", "alice,ou=contractors", "*"] {
            #expect(try await directory.verify(user: user, password: "wrong") == .unknownUser, "\(user)")
        }
        #expect(try await directory.verify(user: "alice", password: "") == .wrongPassword)
    }

    @Test("knows people again by what never changes, and says who is gone")
    func again() async throws {
        let directory = try directory(test.settings())
        let alice = try #require(person(try await directory.verify(user: "alice", password: "alice-secret")))
        #expect(alice.identity.subject.utf8.count == 36)
        #expect(try await directory.person(withSubject: alice.identity.subject) == alice)
        for subject in ["00000000-0000-0000-0000-000000000000", "*", "x)(uid=*"] {
            #expect(try await directory.person(withSubject: subject) == nil)
        }
        // Somebody whom the filter does not let in is as good as gone.
        let strict = try self.directory(
            test.settings { $0.people = .search(base: TestDirectory.people, filter: "(&(uid={username})(cn=Bob))") })
        #expect(try await strict.person(withSubject: alice.identity.subject) == nil)
    }

    @Test("finds groups in the entry or by a search, and administrators by either")
    func groups() async throws {
        let groups = "ou=groups,dc=example,dc=org"
        let search = LDAPSettings.Groups.search(base: groups, filter: "(member={dn})", name: "cn")
        for source in [LDAPSettings.Groups.attribute("memberOf"), search] {
            let directory = try directory(
                test.settings {
                    $0.groups = source
                    $0.administrators = .group("CN=admins, \(groups)")
                })
            let alice = person(try await directory.verify(user: "alice", password: "alice-secret"))
            // A group here cannot be called "R&D, Europe".
            #expect(alice?.groups == ["developers", "staff"])
            #expect(alice?.isAdministrator == false)
            let carol = person(try await directory.verify(user: "carol", password: "carol-secret"))
            #expect(carol?.groups == ["admins", "staff"] && carol?.isAdministrator == true)
            let wild = person(try await directory.verify(user: "wild*(card)\\", password: "wild-secret"))
            #expect(wild?.groups == ["staff"])
            let junior = person(try await directory.verify(user: "#1, \"Jr.\" <x>+;=", password: "junior-secret"))
            #expect(junior?.groups == ["developers"])
        }
        for (administrators, expected) in [
            (LDAPSettings.Administrators.undecided, Bool?.none), (.group("Admins"), true), (.group("staff"), true),
            (.group("cn=admins,ou=other,dc=example,dc=org"), false), (.field("employeeType", value: "Admin"), true),
            (.field("employeeType", value: "boss"), false),
        ] {
            let directory = try directory(test.settings { $0.administrators = administrators })
            let carol = person(try await directory.verify(user: "carol", password: "carol-secret"))
            #expect(carol?.isAdministrator == expected)
        }
        let none = try directory(test.settings { $0.groups = .none })
        #expect(person(try await none.verify(user: "alice", password: "alice-secret"))?.groups == [])
    }

    @Test("follows referrals to servers of the configuration alone, and only if it should")
    func referrals() async throws {
        let base = "dc=example,dc=org"
        let ignoring = try directory(test.settings(base: base))
        #expect(try await ignoring.verify(user: "dave", password: "dave-secret") == .unknownUser)
        #expect(person(try await ignoring.verify(user: "alice", password: "alice-secret")) != nil)
        let following = try directory(test.settings(base: base) { $0.followsReferrals = true })
        #expect(person(try await following.verify(user: "dave", password: "dave-secret"))?.name == "dave")
        #expect(try await following.verify(user: "dave", password: "wrong") == .wrongPassword)
        // The same machine by another name, or by TLS alone, is none of the configuration.
        let elsewhere = try directory(test.settings([test.encrypted], base: base) { $0.followsReferrals = true })
        #expect(try await elsewhere.verify(user: "dave", password: "dave-secret") == .unknownUser)
    }

    @Test("is trusted only by its certificate")
    func encryption() async throws {
        for server in [test.startTLS, test.encrypted] {
            let directory = try directory(test.settings([server]))
            #expect(person(try await directory.verify(user: "alice", password: "alice-secret")) != nil)
            try await directory.check()
            let others = try self.directory(test.settings([server]) { $0.authoritiesFile = nil })
            let error = await #expect(throws: RegistryError.self) {
                try await others.verify(user: "alice", password: "alice-secret")
            }
            #expect(error?.code == .unavailable)
            let renamed = LDAPServer(host: "127.0.0.2", port: server.port, encryption: server.encryption)
            let wrong = try self.directory(test.settings([renamed]))
            await #expect(throws: RegistryError.self) {
                try await wrong.verify(user: "alice", password: "alice-secret")
            }
        }
    }

    @Test("that does not answer is left alone for a while, with one line in the log; the next server is asked")
    func outage() async throws {
        let log = RecordingLog()
        let nobody = LDAPServer(host: "127.0.0.1", port: 1, encryption: .none)
        let dead = try LDAPDirectory(test.settings([nobody]), logger: log.logger)
        for _ in 0..<5 {
            let error = await #expect(throws: RegistryError.self) {
                try await dead.verify(user: "alice", password: "alice-secret")
            }
            #expect(error?.code == .unavailable)
            #expect((1...5).contains(error?.retryAfter ?? 0))
        }
        #expect(log.lines.count == 1)
        await #expect(throws: RegistryError.self) { try await dead.check() }
        let second = try directory(test.settings([nobody, test.plain]))
        #expect(person(try await second.verify(user: "alice", password: "alice-secret")) != nil)
        let stranger = try directory(test.settings { $0.service?.password = "wrong" })
        let error = await #expect(throws: RegistryError.self) {
            try await stranger.verify(user: "alice", password: "alice-secret")
        }
        #expect(error?.code == .unavailable)
    }

    @Test("an entry without what identifies its person lets them not in, and nobody else out")
    func unusable() async throws {
        let directory = try directory(test.settings { $0.idAttribute = "mail" })
        let error = await #expect(throws: RegistryError.self) {
            try await directory.verify(user: "wild*(card)\\", password: "wild-secret")
        }
        #expect(error?.code == .forbidden)
        let alice = person(try await directory.verify(user: "alice", password: "alice-secret"))
        #expect(alice?.identity.subject == "alice@example.org")
    }

    @Test("many people at once are recognised, each as themselves")
    func crowd() async throws {
        let directory = try directory(test.settings())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                let user = ["alice", "bob", "carol"][number % 3]
                group.addTask {
                    let answer = try await directory.verify(user: user, password: "\(user)-secret")
                    guard case .person(let person) = answer else {
                        Issue.record("\(user) was not recognised")
                        return
                    }
                    #expect(person.name == user)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("keeps the contract of authenticators", arguments: AuthenticatorContract.checks)
    func contract(_ check: AuthenticatorContract.Check) async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLDatabase.sqlite(path: folder.path + "/cellar.db")
        let epoch = Epoch()
        try await database.addUser("root", passwordHash: "$y$1", isAdministrator: true, by: Sample.author())
        let authenticator = OutsideAuthenticator(
            outside: try directory(test.settings()), database: database, trust: .seconds(60),
            accessEpoch: { epoch.value.withLock { $0 } })
        do {
            try await check.run(
                AuthenticatorContract.Subject(
                    authenticator: authenticator, database: database, password: "alice-secret",
                    refresh: {
                        let found = try await database.changes(since: nil).cursor.accessEpoch
                        epoch.value.withLock { $0 = found }
                    }))
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    /// The count of changes, as a server has read it.
    private final class Epoch: Sendable {
        let value = Mutex<Int64>(0)
    }
}
