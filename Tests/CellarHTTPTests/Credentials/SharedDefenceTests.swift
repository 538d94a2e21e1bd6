import Logging
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@testable import CellarHTTP

@Suite("The defence of logins of several servers")
struct SharedDefenceTests {
    private static func error(
        _ defence: LoginDefence, _ user: String, _ password: String, from address: String, failing: RegistryError?
    ) async throws -> RegistryError.Code? {
        do {
            _ = try await defence.login(user, SentPassword(password), from: IPAddress(address)) {
                if let failing { throw failing }
                guard password == "right" else { throw RegistryError(.wrongCredentials, "Wrong.") }
                return .localOperator
            }
            return nil
        } catch let error as RegistryError {
            return error.code
        }
    }

    private static func expect(
        _ code: RegistryError.Code?, _ defence: LoginDefence, _ user: String, _ password: String,
        from address: String = "10.0.0.1", failing: RegistryError? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await error(defence, user, password, from: address, failing: failing)
        #expect(found == code, "\(user) \(password)", sourceLocation: sourceLocation)
    }

    /// Two servers' defences; another server is at work, or none.
    private static func run(
        isAlone: Bool, _ test: (LoginDefence, LoginDefence) async throws -> Void
    ) async throws {
        try await HTTPFixture.run { fixture in
            let replicas = fixture.registry.replicas
            try await replicas.enter(name: "a:1", version: "1", configuration: "x")
            if !isAlone {
                let other = ReplicaDescription(id: "other", name: "b:2", version: "1", configuration: "x")
                _ = try await fixture.registry.database.noteReplica(other, lasting: 600_000_000)
                try await replicas.note()
            }
            let defences = [1, 2].map { _ in
                LoginDefence(sharing: fixture.registry.sharedGuesses, logger: fixture.log.logger)
            }
            try await test(defences[0], defences[1])
        }
    }

    @Test("counts the guesses of all together, for each user and address")
    func together() async throws {
        try await Self.run(isAlone: false) { first, second in
            for number in 0..<5 {
                let defence = number % 2 == 0 ? first : second
                try await Self.expect(.wrongCredentials, defence, "ada", "wrong \(number)")
            }
            for defence in [first, second] {
                try await Self.expect(.tooManyAttempts, defence, "ada", "more")
                try await Self.expect(.tooManyAttempts, defence, "ADA+ci", "even more")
            }
            try await Self.expect(.wrongCredentials, second, "ada", "wrong", from: "10.0.0.2")
            try await Self.expect(.wrongCredentials, second, "bob", "wrong")
        }
    }

    @Test("forgets them after a right password, and takes back those that nobody could judge")
    func forgetting() async throws {
        try await Self.run(isAlone: false) { first, second in
            for number in 0..<4 {
                try await Self.expect(.wrongCredentials, first, "ada", "wrong \(number)")
            }
            let away = RegistryError(.unavailable, "Away.")
            for number in 0..<3 {
                try await Self.expect(.unavailable, second, "ada", "x \(number)", failing: away)
            }
            try await Self.expect(nil, second, "ada", "right")
            for number in 0..<5 {
                try await Self.expect(.wrongCredentials, second, "ada", "again \(number)")
            }
            try await Self.expect(.tooManyAttempts, second, "ada", "last")
        }
    }

    @Test("counts in memory only without other servers")
    func alone() async throws {
        try await Self.run(isAlone: true) { first, second in
            for defence in [first, second] {
                for number in 0..<5 {
                    try await Self.expect(.wrongCredentials, defence, "ada", "wrong \(number)")
                }
                try await Self.expect(.tooManyAttempts, defence, "ada", "more")
            }
        }
    }
}
