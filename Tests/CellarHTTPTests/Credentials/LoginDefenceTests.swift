import Logging
import PackagingStandards
import Registry
import Synchronization
import Testing

@testable import CellarHTTP

@Suite("The defence of logins")
struct LoginDefenceTests {
    private let defence = LoginDefence(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    private let calls = Calls()

    private final class Calls: Sendable {
        let count = Mutex(0)
    }

    /// Tries to log in where only `right` is a password, and returns the error.
    private func error(
        _ user: String, _ password: String, from address: String
    ) async throws -> RegistryError? {
        let calls = calls
        do {
            _ = try await defence.login(user, SentPassword(password), from: IPAddress(address)) {
                calls.count.withLock { $0 += 1 }
                guard password == "right" else { throw RegistryError(.wrongCredentials, "Wrong.") }
                return .localOperator
            }
            return nil
        } catch let error as RegistryError {
            return error
        }
    }

    @Test("refuses the sixth wrong password without looking at it, with the time to wait, and alike for any user")
    func refused() async throws {
        for user in ["ada", "nobody", "a b"] {
            for number in 0..<5 {
                #expect(try await error(user, "wrong \(number)", from: "10.0.0.1")?.code == .wrongCredentials)
            }
            let before = calls.count.withLock { $0 }
            let refusal = try #require(try await error(user, "right", from: "10.0.0.1"))
            #expect(refusal.code == .tooManyAttempts)
            #expect(
                refusal.message == "Too many wrong passwords for this user from your address. Try again in a second.")
            #expect(refusal.retryAfter == 1)
            #expect(calls.count.withLock { $0 } == before)
        }
    }

    @Test(
        "takes for one network what is one, and for one user what is one",
        arguments: [
            ("ada", "10.0.0.1", "ADA", "::ffff:10.0.0.1", true), ("ada", "10.0.0.1", "ada", "10.0.0.2", false),
            ("ada", "2001:db8:0:1::1", "ada", "2001:db8:0:1:ffff::2", true),
            ("ada", "2001:db8:0:1::1", "ada", "2001:db8:0:2::1", false), ("ada", "10.0.0.1", "eve", "10.0.0.1", false),
            ("ada", "10.0.0.1", "ada+ci", "10.0.0.1", true),
        ])
    func alike(user: String, address: String, other: String, otherAddress: String, isOne: Bool) async throws {
        for number in 0..<5 { _ = try await error(user, "wrong \(number)", from: address) }
        #expect(try await error(other, "right", from: otherAddress)?.code == (isOne ? .tooManyAttempts : nil))
    }

    @Test("lets a password through that was right before, whatever others try")
    func proven() async throws {
        #expect(try await error("ada", "right", from: "10.0.0.1") == nil)
        for number in 0..<8 { _ = try await error("ada", "wrong \(number)", from: "10.0.0.1") }
        #expect(try await error("ada", "new", from: "10.0.0.1")?.code == .tooManyAttempts)
        #expect(try await error("ada", "right", from: "10.0.0.1") == nil)
    }

    @Test("does not count what failed for another reason")
    func interrupted() async throws {
        for number in 0..<20 {
            await #expect(throws: RegistryError.self) {
                try await defence.login("ada", SentPassword("x \(number)"), from: nil) {
                    throw RegistryError(.unavailable, "Busy.")
                }
            }
        }
        #expect(try await defence.login("ada", "right", from: nil) { .localOperator } == .localOperator)
    }
}
