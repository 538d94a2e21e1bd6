import Logging
import PackagingStandards
import Registry
import Synchronization
import Testing

@testable import PasswordAuthentication

@Suite("Recognising people")
struct PasswordAuthenticatorTests {
    /// The people of a database, and how often they were asked for.
    private final class Directory: Sendable {
        struct State {
            var record: UserRecord?
            var finds = 0
            var renewals: [String] = []
            var accessEpoch: Int64 = 1
            var renewalError: RegistryError?
        }

        let state = Mutex(State())

        /// Changes people as a committed transaction does.
        func change(_ record: UserRecord?) {
            state.withLock { state in
                state.record = record
                state.accessEpoch += 1
            }
        }

        var people: PasswordRecords {
            PasswordRecords(
                find: { name in
                    self.state.withLock { state in
                        state.finds += 1
                        return state.record?.name == name ? state.record : nil
                    }
                },
                renew: { hash, old, id in
                    try self.state.withLock { state in
                        if let error = state.renewalError { throw error }
                        #expect(state.record?.passwordHash == old && state.record?.id == id)
                        state.renewals.append(hash)
                    }
                })
        }
    }

    private let directory = Directory()
    private let hasher: PasswordHasher
    private let elapsed = Elapsed()
    private let authenticator: PasswordAuthenticator
    private let right = Credentials.password(user: "ada", password: "correct horse")

    private final class Elapsed: Sendable {
        let duration = Mutex(Duration.zero)
    }

    init() async throws {
        hasher = try PasswordHasher()
        let (directory, elapsed, start) = (directory, elapsed, ContinuousClock.now)
        authenticator = PasswordAuthenticator(
            people: directory.people, hasher: hasher, verified: VerifiedCredentials(),
            accessEpoch: { directory.state.withLock { $0.accessEpoch } },
            now: { start + elapsed.duration.withLock { $0 } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let hash = try await hasher.hash("correct horse")
        directory.state.withLock { $0.record = .ada(hash: hash) }
    }

    @Test("a tag behind the name is kept for attribution, if nobody has the whole name")
    func tags() async throws {
        let sent = Credentials.password(user: "ada+billing", password: "correct horse")
        let first = try await authenticator.caller(for: sent)
        #expect(first.name == "ada")
        #expect(first.tag == "billing")
        #expect(first.loggedName == "ada+billing")
        #expect(authenticator.knownCaller(for: sent) == first)
        #expect(try await authenticator.caller(for: right).tag == nil)
        #expect(await code(of: .password(user: "ada+billing", password: "wrong")) == .wrongCredentials)
        for user in ["ada+", "ada+a b", "+billing", "eve+billing", "ada+é", "ada+" + String(repeating: "x", count: 65)]
        {
            #expect(await code(of: .password(user: user, password: "correct horse")) == .wrongCredentials, "\(user)")
        }
        // Somebody gets the whole name: the password of ada is none of theirs.
        let whole = UserRecord(
            id: 9, name: "ada+billing", passwordHash: try await hasher.hash("another secret"), passwordGeneration: 1,
            isAdministrator: false, groups: [], createdAt: Timestamp(microseconds: 0))
        directory.change(whole)
        #expect(await code(of: sent) == .wrongCredentials)
        #expect(
            try await authenticator.caller(for: .password(user: "ada+billing", password: "another secret")).tag == nil)
    }

    private var finds: Int { directory.state.withLock { $0.finds } }

    private func code(of credentials: Credentials) async -> RegistryError.Code? {
        do {
            _ = try await authenticator.caller(for: credentials)
            return nil
        } catch {
            return (error as? RegistryError)?.code ?? .internal
        }
    }

    @Test("The right password is its user's, and is known at once from then on")
    func remembered() async throws {
        #expect(authenticator.knownCaller(for: right) == nil)
        let caller = try await authenticator.caller(for: right)
        #expect(
            caller
                == .person(
                    Person(id: 7, name: "ada", isAdministrator: false, groups: ["owners"], passwordGeneration: 1)))
        #expect(authenticator.knownCaller(for: right) == caller)
        #expect(try await authenticator.caller(for: right) == caller)
        #expect(finds == 1)
        elapsed.duration.withLock { $0 = .seconds(60) }
        #expect(authenticator.knownCaller(for: right) == nil)
    }

    @Test(
        "Wrong passwords and unknown or impossible names are refused alike",
        arguments: [
            ("ada", "wrong"), ("ada", ""), ("eve", "correct horse"), ("", ""), ("a b", "x"),
            ("ada\u{0}", "correct horse"),
        ])
    func refused(user: String, password: String) async throws {
        let credentials = Credentials.password(user: user, password: SentPassword(password))
        let error = await #expect(throws: RegistryError.self) { try await authenticator.caller(for: credentials) }
        #expect(error?.code == .wrongCredentials)
        #expect(error?.message == "The user name or the password is wrong.")
        #expect(authenticator.knownCaller(for: credentials) == nil)
    }

    @Test("A wrong password is not tried again for some seconds")
    func wrongRemembered() async throws {
        let wrong = Credentials.password(user: "ada", password: "wrong")
        #expect(await code(of: wrong) == .wrongCredentials)
        #expect(await code(of: wrong) == .wrongCredentials)
        #expect(finds == 1)
        elapsed.duration.withLock { $0 = .seconds(5) }
        #expect(await code(of: wrong) == .wrongCredentials)
        #expect(finds == 2)
    }

    @Test("A new password ends the old one at once, and a removed user is gone at once")
    func changed() async throws {
        _ = try await authenticator.caller(for: right)
        let newHash = try await hasher.hash("battery staple")
        directory.change(.ada(hash: newHash, generation: 2))
        #expect(authenticator.knownCaller(for: right) == nil)
        #expect(await code(of: right) == .wrongCredentials)
        let new = Credentials.password(user: "ada", password: "battery staple")
        #expect(await code(of: new) == nil)
        directory.change(nil)
        #expect(authenticator.knownCaller(for: new) == nil)
        #expect(await code(of: new) == .wrongCredentials)
    }

    @Test("Setting the same password again, or a namesake, needs a new verification")
    func namesake() async throws {
        _ = try await authenticator.caller(for: right)
        let otherHash = try await hasher.hash("other password")
        directory.change(.ada(hash: otherHash, generation: 1, id: 8))
        #expect(await code(of: right) == .wrongCredentials)
    }

    @Test("Another change to people costs one look at the user, not a verification, and is seen at once")
    func otherChange() async throws {
        _ = try await authenticator.caller(for: right)
        // A hash that nothing verifies against shows that none was computed.
        directory.change(.ada(hash: "$y$none", generation: 1, isAdministrator: true))
        #expect(authenticator.knownCaller(for: right) == nil)
        guard case .person(let person) = try await authenticator.caller(for: right) else {
            Issue.record("nobody")
            return
        }
        #expect(person.isAdministrator)
        #expect(authenticator.knownCaller(for: right) == .person(person))
        #expect(finds == 2)
    }

    @Test("A hundred requests at once cost one verification")
    func shared() async throws {
        let (authenticator, right) = (authenticator, right)
        let callers = try await withThrowingTaskGroup(of: Caller.self) { group in
            for _ in 0..<100 { group.addTask { try await authenticator.caller(for: right) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(callers.count == 100)
        #expect(finds == 1)
    }

    @Test("A hash of an older kind is renewed at login, a present one is not")
    func renewal() async throws {
        _ = try await authenticator.caller(for: right)
        #expect(directory.state.withLock { $0.renewals }.isEmpty)
        let old = try #require(Crypt.hash(Array("correct horse".utf8), setting: Array("$5$cellartest$".utf8)))
        directory.change(.ada(hash: String(decoding: old, as: UTF8.self), generation: 2))
        #expect(await code(of: right) == nil)
        let renewed = try #require(directory.state.withLock { $0.renewals }.first)
        #expect(renewed.hasPrefix("$y$"))
        #expect(try await hasher.verify("correct horse", against: renewed))
    }

    private static let composed = "p\u{E4}ssw\u{F6}rd"
    private static let decomposed = "pa\u{308}sswo\u{308}rd"
    private static func latin1(_ text: String) -> SentPassword {
        SentPassword(bytes: text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    }

    @Test("A password that is not ASCII is recognised in both encodings and in every spelling")
    func spellings() async throws {
        let sent = [SentPassword(Self.composed), SentPassword(Self.decomposed), Self.latin1(Self.composed)]
        for (generation, set) in [Self.composed, Self.decomposed].enumerated() {
            directory.change(.ada(hash: try await hasher.hash(set), generation: Int64(generation + 2)))
            for password in sent {
                let credentials = Credentials.password(user: "ada", password: password)
                #expect(await code(of: credentials) == nil)
                #expect(authenticator.knownCaller(for: credentials) != nil)
            }
            #expect(await code(of: .password(user: "ada", password: "passwort")) == .wrongCredentials)
        }
        #expect(directory.state.withLock { $0.renewals }.isEmpty)
    }

    @Test("A space is a space, whatever the keyboard makes of it")
    func spaces() async throws {
        directory.change(.ada(hash: try await hasher.hash("correct\u{A0}h\u{F6}rse"), generation: 2))
        for space in [" ", "\u{A0}", "\u{3000}"] {
            #expect(await code(of: .password(user: "ada", password: SentPassword("correct\(space)h\u{F6}rse"))) == nil)
        }
    }

    @Test("A sent password has one reading, whatever its encoding and spelling")
    func reading() {
        for bytes in [
            SentPassword(Self.composed), SentPassword(Self.decomposed), Self.latin1(Self.composed),
        ] {
            #expect(PasswordReading.of(bytes).map { Array($0.utf8) } == Array(Self.composed.utf8))
        }
        #expect(PasswordReading.of("wrong") == "wrong")
        #expect(PasswordReading.of("\u{43F}\u{430}") == "\u{43F}\u{430}")
        #expect(PasswordReading.of(SentPassword(bytes: [0x61, 0x80])) == nil)
        // In ISO-8859-1 these would be the two bytes of another letter in UTF-8.
        #expect(PasswordReading.of(Self.latin1("\u{C3}\u{A9}")) == "\u{E9}")
        #expect(PasswordReading.isAmbiguous("12345678\u{C3}\u{A9}"))
        for text in [Self.composed, "12345678", "\u{C3}\u{A9}\u{43F}", "\u{C3}\u{E9}"] {
            #expect(!PasswordReading.isAmbiguous(text), "\(text)")
        }
    }

    @Test("A login stands although its hash can't be renewed")
    func failedRenewal() async throws {
        let old = try #require(Crypt.hash(Array("correct horse".utf8), setting: Array("$5$cellartest$".utf8)))
        directory.change(.ada(hash: String(decoding: old, as: UTF8.self), generation: 2))
        directory.state.withLock { $0.renewalError = RegistryError(.unavailable, "locked") }
        #expect(await code(of: right) == nil)
    }
}
