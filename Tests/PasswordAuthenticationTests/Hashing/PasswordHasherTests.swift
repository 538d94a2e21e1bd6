import Registry
import Testing

@testable import PasswordAuthentication

@Suite("Password hashes")
struct PasswordHasherTests {
    private let hasher: PasswordHasher

    init() throws {
        hasher = try PasswordHasher()
    }

    @Test(
        "A new hash is yescrypt's, salted, and verifies its password only",
        arguments: ["correct horse", "pässwörd 🔑", "x"])
    func roundTrip(password: String) async throws {
        let hash = try await hasher.hash(password)
        #expect(hash.hasPrefix("$y$"))
        #expect(try await hasher.hash(password) != hash)
        #expect(try await hasher.verify(password, against: hash))
        #expect(try await !hasher.verify(password + " ", against: hash))
        #expect(try await !hasher.verify("", against: hash))
        #expect(!hasher.needsRenewal(hash))
    }

    /// The last is a published test vector (Openwall's bcrypt), the two before it are OpenSSL's; the others were made
    /// with Python's `crypt`.
    @Test(
        "Hashes of the older kinds are verified and want renewal",
        arguments: [
            (
                "correct horse",
                "$6$rounds=5000$cellartest$oP47aYTlq.yubjRdAQwIKJ36ob12gwlpkVYyVpRsFDOIBU.QfmqC1KxBQwTABFbXxcIvYpI2w4DcGVleaCu4Q1"
            ),
            (
                "correct horse",
                "$6$cellartest$oP47aYTlq.yubjRdAQwIKJ36ob12gwlpkVYyVpRsFDOIBU.QfmqC1KxBQwTABFbXxcIvYpI2w4DcGVleaCu4Q1"
            ),
            (
                "pässwörd",
                "$5$cellartest$FQd47sU10GMymz.sAv9G82u8rwuNH87Wxg6pFLoyCW9"
            ),
            (
                "correct horse",
                "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
            ),
            (
                "correct horse",
                "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
            ),
            (
                "correct horse",
                "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
            ),
            (
                "correct horse",
                "$y$j75$cellartest1$qRbciTuGWMGZFoYHr0qD81Q27jJVguRXmz2nK0H1z58"
            ),
            (
                "Hello world!",
                "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
            ),
            (
                "Hello world!",
                "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
            ),
            (
                "U*U",
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
            ),
        ])
    func olderKinds(password: String, hash: String) async throws {
        #expect(try await hasher.verify(password, against: hash))
        #expect(try await !hasher.verify(password + "x", against: hash))
        #expect(hasher.needsRenewal(hash))
    }

    @Test(
        "A stored value of any other kind verifies nothing",
        arguments: [
            "", "*", "x", "password", "ab01FAX.bQRSU", "$1$abcdefgh$irWbblnpmw.5z7wgBnprh0", "$y$", "$6$", "$2b$12$",
            "$7$CU..../....x$y", "$y$j9T$\u{0}$x", "_J9..rasmBYk8r9AiWNc", "$sha1$1$x$y",
            "$3$$8846f7eaee8fb117ad06bdd830b7586c",
        ])
    func refusedHashes(hash: String) async throws {
        #expect(try await !hasher.verify("password", against: hash))
    }

    @Test("A value that libcrypt would take for DES is refused although libcrypt agrees")
    func des() async throws {
        let hash = try #require(Crypt.hash(Array("password".utf8), setting: Array("ab".utf8)))
        #expect(try await !hasher.verify("password", against: String(decoding: hash, as: UTF8.self)))
    }

    @Test("A password may have 511 bytes, no more, and no NUL")
    func bounds() async throws {
        let longest = String(repeating: "a", count: 511)
        let hash = try await hasher.hash(longest)
        #expect(try await hasher.verify(longest, against: hash))
        #expect(try await !hasher.verify(longest + "a", against: hash))
        #expect(try await !hasher.verify(String(longest.dropLast()), against: hash))
        for password in [longest + "a", "", "a\u{0}b"] {
            let error = await #expect(throws: RegistryError.self) { try await hasher.hash(password) }
            #expect(error?.code == .invalidRequest)
        }
        let short = try await hasher.hash("a")
        #expect(try await !hasher.verify("a\u{0}b", against: short))
    }

    @Test("bcrypt ignores all after 72 bytes, so longer passwords don't verify")
    func bcryptBound() async throws {
        let bytes = [UInt8](repeating: 0x61, count: 72)
        let hash = try #require(
            Crypt.hash(bytes, setting: Array("$2b$04$abcdefghijklmnopqrstuu".utf8)).map {
                String(decoding: $0, as: UTF8.self)
            })
        let password = String(decoding: bytes, as: UTF8.self)
        #expect(try await hasher.verify(password, against: hash))
        #expect(try await !hasher.verify(password + "b", against: hash))
    }

    @Test("The hash of nobody is one that libcrypt computes in full, and nobody has its password")
    func nobody() async throws {
        #expect(Crypt.hash(Array("nobody".utf8), setting: Array(hasher.nobodysHash.utf8)) != nil)
        #expect(try await !hasher.verify("nobody", against: hasher.nobodysHash))
    }

    @Test("Beyond the bound of the queue a caller is told to come again")
    func bounded() async throws {
        let small = try PasswordHasher(threads: 1, maxWaiting: 2)
        let hash = try await small.hash("password")
        let outcomes = await withTaskGroup(of: RegistryError.Code?.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    do {
                        return try await small.verify("password", against: hash) ? nil : .internal
                    } catch {
                        return (error as? RegistryError)?.code ?? .internal
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(outcomes) == [nil, .unavailable])
        #expect(outcomes.filter { $0 == nil }.count >= 2)
        #expect(try await small.verify("password", against: hash), "the places must be free again")
    }

    @Test("Bytes are compared to the end")
    func comparison() {
        #expect(isEqualInConstantTime([], []))
        #expect(isEqualInConstantTime([1, 2], [1, 2]))
        #expect(!isEqualInConstantTime([1, 2], [1, 3]))
        #expect(!isEqualInConstantTime([1, 2], [1, 2, 3]))
    }

    @Test(
        "A new password has eight characters at least and nothing that can't be sent",
        arguments: [
            ("12345678", true), ("1234567", false), ("pässwörd", true), ("1234567\n", false), ("12345678\u{0}", false),
            ("12345678\u{C3}\u{A9}", false),
        ])
    func newPasswords(password: String, isUsable: Bool) {
        #expect((NewPassword.problem(with: password) == nil) == isUsable)
    }

    @Test("A new password has 511 bytes at most")
    func longNewPassword() {
        #expect(NewPassword.problem(with: String(repeating: "a", count: 511)) == nil)
        #expect(NewPassword.problem(with: "cellar_door1")?.contains("tokens") == true)
        #expect(NewPassword.problem(with: "my cellar_door1") == nil)
        #expect(NewPassword.problem(with: String(repeating: "a", count: 512)) != nil)
    }
}
