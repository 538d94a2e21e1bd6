import Glibc
import NIOPosix
import Registry
import Synchronization

/// Makes and verifies password hashes with libcrypt, on threads of its own.
///
/// New hashes are of yescrypt (`$y$`); `$6$`, `$5$`, `$2b$`, `$2a$` and `$2y$` are verified too. A hash takes some 20
/// ms and 16 MiB, so only a few are made at once, and only so many may wait: beyond that callers get `.unavailable`.
package final class PasswordHasher: Sendable {
    private let pool: NIOThreadPool
    private let maxWaiting: Int
    private let pending = Mutex(0)
    /// What a hash made now begins with: scheme and cost.
    private let currentPrefix: String
    /// A hash of no password, which takes as long to verify as a real one.
    let nobodysHash: String

    /// Starts the threads; they end with the hasher.
    ///
    /// - Parameters:
    ///   - threads: How many hashes may be computed at once.
    ///   - maxWaiting: How many calls may be under way or waiting.
    /// - Throws: `RegistryError` `.internal` if libcrypt can't make yescrypt hashes.
    package init(threads: Int = 2, maxWaiting: Int = 64) throws {
        guard let setting = Crypt.newSetting(), setting.hasPrefix("$y$"),
            let cost = setting.dropFirst(3).firstIndex(of: "$")
        else { throw RegistryError(.internal, "libcrypt can't make yescrypt hashes: version 4.4 or newer is needed.") }
        currentPrefix = String(setting[...cost])
        // The hash is 43 characters of 6 bits; no password is known that has this one.
        nobodysHash = setting + "$" + String(repeating: "z", count: 43)
        self.maxWaiting = maxWaiting
        pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
    }

    deinit {
        pool.shutdownGracefully { _ in }
    }

    /// Hashes a new password, in the form of `OpaqueString`.
    ///
    /// - Throws: `RegistryError` `.invalidRequest` if the password can't be hashed, `.unavailable` if too many wait.
    package func hash(_ password: String) async throws -> String {
        let bytes = Array(OpaqueString.normalized(password).utf8)
        guard !bytes.isEmpty, bytes.count <= Crypt.maxPasswordLength, !bytes.contains(0) else {
            throw RegistryError(
                .invalidRequest, "A password has 1 to \(Crypt.maxPasswordLength) bytes in UTF-8, and no NUL.")
        }
        let hash = try await run { Crypt.newSetting().flatMap { Crypt.hash(bytes, setting: Array($0.utf8)) } }
        guard let hash else { throw RegistryError(.internal, "The password could not be hashed.") }
        return String(decoding: hash, as: UTF8.self)
    }

    /// Returns whether a password is the one that a stored hash was made of.
    ///
    /// False also for hashes of unknown kinds, and for passwords longer than the hash's scheme takes into account (72
    /// bytes for bcrypt). Compares in constant time.
    ///
    /// - Throws: `RegistryError` `.unavailable` if too many wait.
    package func verify(_ password: String, against hash: String) async throws -> Bool {
        let bytes = Array(password.utf8)
        guard let scheme = PasswordHashScheme(ofHash: hash),
            bytes.count <= scheme.maxPasswordLength ?? Crypt.maxPasswordLength, !bytes.contains(0)
        else {
            try await verifyNobody()
            return false
        }
        let expected = Array(hash.utf8)
        let actual = try await run { Crypt.hash(bytes, setting: expected) }
        return actual.map { isEqualInConstantTime($0, expected) } ?? false
    }

    /// Takes as long as a real verification, for a user who doesn't exist: the time must not give that away.
    ///
    /// - Throws: `RegistryError` `.unavailable` if too many wait.
    package func verifyNobody() async throws {
        let setting = Array(nobodysHash.utf8)
        _ = try await run { Crypt.hash(Array("nobody".utf8), setting: setting) }
    }

    /// Returns whether a stored hash is of another scheme or cost than new ones are.
    package func needsRenewal(_ hash: String) -> Bool {
        !hash.hasPrefix(currentPrefix)
    }

    /// Lets the calling thread run only when no thread that serves requests wants to: a crowd of logins, right or wrong,
    /// may delay logins, but not readers. On Linux each thread has a priority of its own (setpriority(2)).
    private static func yieldToOthers() {
        // If the system refuses, hashes are made all the same.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
    }

    private func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async throws -> Result {
        let isAdmitted = pending.withLock { count in
            guard count < maxWaiting else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            throw RegistryError(.unavailable, "Too many people are logging in at once. Try again in a few seconds.")
        }
        defer { pending.withLock { $0 -= 1 } }
        do {
            return try await pool.runIfActive {
                Self.yieldToOthers()
                return body()
            }
        } catch {
            throw RegistryError(.unavailable, "The login was interrupted. Try again.", cause: error)
        }
    }
}

/// Compares all bytes, wherever the first difference is.
func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}
