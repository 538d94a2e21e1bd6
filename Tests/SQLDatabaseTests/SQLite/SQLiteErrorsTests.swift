import GRDB
import PackagingStandards
import Registry
import SQLDatabase
import Testing

@Suite("Errors of SQLite")
struct SQLiteErrorsTests {
    @Test("a full disk is no room, whoever notices it")
    func fullDisk() async throws {
        try await withDatabase { database, _ in
            try await database.limitPages(to: 1)
            let error = await #expect(throws: RegistryError.self) {
                for number in 0..<200 {
                    try await database.addUser(
                        "user\(number)", passwordHash: String(repeating: "x", count: 4_000), isAdministrator: false,
                        by: ChangeAuthor(name: "ada", userID: nil, at: .init(microseconds: 0)))
                }
            }
            #expect(error?.code == .insufficientStorage)
        }
    }
}
