import Testing

@testable import Registry

@Suite("Stored password hashes")
struct PasswordHashSchemeTests {
    private static let digests = [
        "$y$j9T$abcdefghijklmnopqrstuv$": 43, "$6$salt$": 86, "$6$rounds=656000$salt$": 86, "$5$salt$": 43,
        "$2b$12$": 53, "$2a$04$": 53, "$2y$10$": 53,
    ]

    @Test("are whole with their digest, and not if a part is missing", arguments: digests.keys.sorted())
    func whole(prefix: String) {
        let digest = String(repeating: "a", count: Self.digests[prefix] ?? 0)
        #expect(PasswordHashScheme.isWhole(prefix + digest))
        #expect(!PasswordHashScheme.isWhole(prefix + digest.dropLast()))
        #expect(!PasswordHashScheme.isWhole(prefix + digest + "a"))
        #expect(!PasswordHashScheme.isWhole(prefix + digest.dropLast() + "-"))
        #expect(!PasswordHashScheme.isWhole(prefix.replacing("$", with: "") + digest))
    }

    @Test(
        "of other kinds are refused",
        arguments: ["", "secret", "$1$salt$hash", "$y$", "$2b$99$", "$argon2id$v=19$x", "é"])
    func other(text: String) {
        #expect(!PasswordHashScheme.isWhole(text))
    }
}
