import Logging
import PackagingStandards
import Registry
import Synchronization

/// Keeps strangers from guessing passwords: whoever tries many wrong ones must wait longer and longer.
///
/// An attempt that comes too early is refused at once with `.tooManyAttempts`, before anything is verified: it holds
/// neither a thread nor a task (decision 24). The answers are the same for users who do not exist.
final class LoginDefence: Sendable {
    private let guesses: Mutex<LoginGuesses>
    private let limits: LoginGuesses.Limits
    /// Counts guesses together with other servers; nil for this one alone.
    private let shared: SharedGuesses?
    /// Random bytes that only this process has, so that the digests in memory give no password away.
    private let key: [UInt8]
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger

    init(
        _ limits: LoginGuesses.Limits = LoginGuesses.Limits(), sharing shared: SharedGuesses? = nil, logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        guesses = Mutex(LoginGuesses(limits))
        self.limits = limits
        self.shared = shared
        self.logger = logger
        self.now = now
        var generator = SystemRandomNumberGenerator()
        key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Returns who sends a user name and a password, as `verify` finds out, unless they must wait.
    ///
    /// - Parameters:
    ///   - user: The user name.
    ///   - password: The password.
    ///   - address: Where the request comes from; nil for nowhere.
    ///   - verify: Finds out who it is. Throws `.wrongCredentials` if it is nobody.
    /// - Returns: Who it is.
    /// - Throws: `.tooManyAttempts` if too many passwords were wrong, `.unavailable` if too many people log in at once,
    ///   and what `verify` throws.
    func login(
        _ user: String, _ password: SentPassword, from address: IPAddress?, verify: () async throws -> Caller
    ) async throws -> Caller {
        let attempt = attempt(user, password, from: address)
        let charge = try charge(for: attempt)
        let counted = try await count(user, address, attempt, charge)
        do {
            let caller = try await verify()
            guesses.withLock { $0.succeeded(attempt, charge) }
            await shared?.succeeded(counted)
            return caller
        } catch let error as RegistryError where error.code == .wrongCredentials {
            if guesses.withLock({ $0.failed(attempt, charge) }) {
                logger.notice(
                    "many wrong passwords for one user: further ones must wait",
                    metadata: ["address": "\(address.map { "\($0)" } ?? "-")"])
            }
            throw error
        } catch {
            guesses.withLock { $0.abandoned(attempt, charge) }
            await shared?.abandoned(counted)
            throw error
        }
    }

    /// Counts a guess for all servers. Throws `.tooManyAttempts`, and what the database does.
    private func count(
        _ user: String, _ address: IPAddress?, _ attempt: LoginGuesses.Attempt, _ charge: LoginGuesses.Charge
    ) async throws -> SharedGuesses.Counted? {
        guard charge == .guess, let shared else { return nil }
        do {
            let ruling = try await shared.count(
                user: Array(Self.comparedName(of: user)), network: address?.network ?? []
            ) { [limits] in limits.delay(after: $0) }
            switch ruling {
            case .made(let counted): return counted
            case .delayed(let delay):
                throw Self.refusal("Too many wrong passwords for this user from your address.", delay)
            }
        } catch {
            guesses.withLock { $0.abandoned(attempt, charge) }
            throw error
        }
    }

    /// Returns a user's name as guesses for it are counted. Names differ in no case; those that nobody can have are as good
    /// as any other. `ci+billing` may be the user ci: what is behind the + gives no new guesses.
    private static func comparedName(of user: String) -> some Collection<UInt8> {
        user.utf8.map(ASCII.lowercased).prefix { $0 != UInt8(ascii: "+") }
    }

    private func charge(for attempt: LoginGuesses.Attempt) throws -> LoginGuesses.Charge {
        let moment = now()
        switch guesses.withLock({ $0.begin(attempt, now: moment) }) {
        case .made(let charge): return charge
        case .delayed(let delay):
            throw Self.refusal("Too many wrong passwords for this user from your address.", delay)
        case .throttled(let delay):
            throw Self.refusal("Too many logins from your address at once.", delay)
        case .busy:
            throw RegistryError(.unavailable, "Too many people are logging in at once. Try again in a few seconds.")
        }
    }

    private static func refusal(_ reason: String, _ delay: Duration) -> RegistryError {
        let seconds = max(1, delay.components.seconds + (delay.components.attoseconds > 0 ? 1 : 0))
        let time =
            switch seconds {
            case 1: "a second"
            case ...120: "\(seconds) seconds"
            default: "\((seconds + 59) / 60) minutes"
            }
        return RegistryError(.tooManyAttempts, "\(reason) Try again in \(time).", retryAfter: seconds)
    }

    private func attempt(_ user: String, _ password: SentPassword, from address: IPAddress?) -> LoginGuesses.Attempt {
        let name = Array(user.utf8.map(ASCII.lowercased))
        let network = address?.network ?? []
        return LoginGuesses.Attempt(
            pair: digest(1, Self.comparedName(of: user), network), network: digest(2, [UInt8](), network),
            login: digest(3, name, password.bytes))
    }

    private func digest(_ kind: UInt8, _ name: some Collection<UInt8>, _ rest: [UInt8]) -> SHA256Digest {
        // The name's length keeps ("a", "bc") and ("ab", "c") apart.
        let length = withUnsafeBytes(of: UInt64(name.count).littleEndian) { Array($0) }
        return SHA256Digest(hashing: key + [kind] + length + name + rest)
    }
}
