import Logging
import PackagingStandards
import PasswordAuthentication
import Registry
import RegistryTestSupport
import SQLDatabase
import Synchronization
import Testing

@testable import OutsideAuthentication

@Suite("A service that recognises people")
struct OutsideServiceTests {
    private static func knowsAlice(_ request: SmallService.Request) -> SmallService.Answer {
        guard request.body == #"{"user":"alice","password":"alice-secret"}"# else {
            return SmallService.Answer(status: "401 Unauthorized", body: "no")
        }
        return SmallService.Answer(body: #"{"subject":"7","groups":["dev","a b"],"admin":false,"more":[1]}"#)
    }

    private func ask(
        _ respond: @escaping @Sendable (SmallService.Request) -> SmallService.Answer, secret: String? = nil,
        timeout: Duration = .seconds(5), logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ body: (OutsideService, SmallService) async throws -> Void
    ) async throws {
        let small = try SmallService(respond)
        let service = try OutsideService(
            OutsideServiceSettings(url: small.url, secret: secret, timeout: timeout), logger: logger)
        do {
            try await body(service, small)
        } catch {
            await service.shutdown()
            throw error
        }
        await service.shutdown()
    }

    @Test("is asked by one POST, with its secret, and says who it is")
    func right() async throws {
        try await ask(Self.knowsAlice, secret: "hush") { service, small in
            let identity = try #require(OutsideIdentity(.authenticator, subject: "7"))
            let alice = ProvenPerson(identity, name: "alice", groups: ["dev"], isAdministrator: false)
            #expect(try await service.verify(user: "alice", password: "alice-secret") == .person(alice))
            let asked = try #require(small.asked.first)
            #expect(asked.head.hasPrefix("POST /login?from=cellar HTTP/1.1\r\n"))
            let head = asked.head.lowercased()
            #expect(head.contains("\r\nauthorization: bearer hush"))
            #expect(head.contains("\r\ncontent-type: application/json"))
            #expect(try await service.verify(user: "alice", password: "wrong") == .unknownUser)
            #expect(try await service.verify(user: "\"},{\"", password: "\\\"") == .unknownUser)
            #expect(small.asked.last?.body == #"{"user":"\"},{\"","password":"\\\""}"#)
            let count = small.asked.count
            #expect(try await service.verify(user: "alice", password: "") == .wrongPassword)
            #expect(small.asked.count == count)
            try await service.check()
        }
    }

    @Test("may say another name, and no subject: then the name is what identifies")
    func names() async throws {
        let answers = [
            #"{"groups":[]}"#: ("alice", "Alice", nil),
            #"{"groups":[],"user":"Ada","admin":true}"#: ("ada", "Ada", true),
            #"{"groups":[],"user":"Ada","subject":"x"}"#: ("x", "Ada", Bool?.none),
        ]
        for (answer, expected) in answers {
            try await ask({ _ in SmallService.Answer(body: answer) }) { service, _ in
                guard case .person(let person) = try await service.verify(user: "Alice", password: "x") else {
                    Issue.record("nobody")
                    return
                }
                #expect(person.identity.subject == expected.0)
                #expect(person.name == expected.1)
                #expect(person.isAdministrator == expected.2)
                await #expect(throws: RegistryError.self) { try await service.check() }
            }
        }
    }

    @Test(
        "lets nobody in with anything else",
        arguments: [
            SmallService.Answer(status: "500 Oops", body: #"{"groups":[]}"#),
            SmallService.Answer(status: "201 Created", body: #"{"groups":[]}"#),
            SmallService.Answer(status: "204 No Content"), SmallService.Answer(status: "404 Not Found"),
            SmallService.Answer(status: "302 Found", headers: ["Location: /elsewhere"], body: #"{"groups":[]}"#),
            SmallService.Answer(body: ""), SmallService.Answer(body: "{}"), SmallService.Answer(body: "<html>"),
            SmallService.Answer(body: "[]"), SmallService.Answer(body: "true"),
            SmallService.Answer(body: #"{"groups":"dev"}"#), SmallService.Answer(body: #"{"groups":[1]}"#),
            SmallService.Answer(body: #"{"groups":[],"admin":"no"}"#),
            SmallService.Answer(body: #"{"groups":[],"subject":7}"#),
            SmallService.Answer(body: #"{"groups":[],"subject":""}"#),
            SmallService.Answer(body: #"{"groups":[]} x"#),
            SmallService.Answer(body: #"{"groups":[],"#),
            SmallService.Answer(body: #"{"groups":[""# + String(repeating: "a", count: 300_000) + #""]}"#),
            SmallService.Answer(body: String(repeating: "[", count: 100_000)),
            SmallService.Answer(body: #"{"groups":[]}"#, delay: 2),
        ])
    func refused(_ answer: SmallService.Answer) async throws {
        try await ask({ _ in answer }, timeout: .seconds(1)) { service, small in
            let error = await #expect(throws: RegistryError.self) {
                try await service.verify(user: "alice", password: "alice-secret")
            }
            #expect(error?.code == .unavailable)
            #expect(small.asked.count == 1)
        }
    }

    @Test("is said once in the log to be away, and once to be back, without what was sent")
    func log() async throws {
        let log = RecordingLog()
        final class Flag: Sendable { let isAway = Mutex(true) }
        let flag = Flag()
        try await ask(
            { request in
                flag.isAway.withLock { $0 } ? SmallService.Answer(status: "503 Away") : Self.knowsAlice(request)
            }, logger: log.logger
        ) { service, _ in
            for _ in 0..<3 {
                await #expect(throws: RegistryError.self) {
                    try await service.verify(user: "alice", password: "alice-secret")
                }
            }
            #expect(log.lines.count == 1)
            flag.isAway.withLock { $0 = false }
            _ = try await service.verify(user: "alice", password: "alice-secret")
            #expect(log.lines.count == 2)
            #expect(log.lines.allSatisfy { !$0.contains("secret") })
        }
    }

    @Test("keeps the contract of authenticators", arguments: AuthenticatorContract.checks)
    func contract(_ check: AuthenticatorContract.Check) async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLDatabase.sqlite(path: folder.path + "/cellar.db")
        try await database.addUser("root", passwordHash: "$y$1", isAdministrator: true, by: Sample.author())
        final class Epoch: Sendable { let value = Mutex<Int64>(0) }
        let epoch = Epoch()
        try await ask(Self.knowsAlice) { service, _ in
            try await check.run(
                AuthenticatorContract.Subject(
                    authenticator: OutsideAuthenticator(
                        outside: service, database: database, trust: .seconds(60),
                        accessEpoch: { epoch.value.withLock { $0 } }),
                    database: database, password: "alice-secret",
                    refresh: {
                        let found = try await database.changes(since: nil).cursor.accessEpoch
                        epoch.value.withLock { $0 = found }
                    }))
        }
        await database.close()
    }
}
