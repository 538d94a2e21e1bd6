import RegistryTestSupport
import Testing

@Suite("SQLite")
struct SQLiteContractTests {
    @Test("keeps the contract of databases", arguments: DatabaseContract.checks)
    func contract(_ check: DatabaseContract.Check) async throws {
        try await check.run(DatabaseContract { try await TemporaryDatabase.fixture() })
    }
}
