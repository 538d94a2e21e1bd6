import Registry
import RegistryTestSupport
import Testing

@Suite("SQLite")
struct SQLiteContractTests {
    @Test("keeps the contract of databases", arguments: DatabaseContract.checks)
    func contract(_ check: DatabaseCheck<any Database>) async throws {
        try await check.run(on: TemporaryDatabase.fixture())
    }
}
