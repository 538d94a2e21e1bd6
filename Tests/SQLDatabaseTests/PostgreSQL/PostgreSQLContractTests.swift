import Registry
import RegistryTestSupport
import Testing

@Suite("PostgreSQL", .enabled(if: TestPostgreSQL.shared != nil, Comment(rawValue: TestPostgreSQL.isMissing)))
struct PostgreSQLContractTests {
    @Test("keeps the contract of databases", arguments: DatabaseContract.checks)
    func contract(_ check: DatabaseCheck<any Database>) async throws {
        try await check.run(on: TestDatabase.fixture())
    }

    @Test("keeps it behind a pooler that gives each transaction another session", arguments: DatabaseContract.checks)
    func pooler(_ check: DatabaseCheck<any Database>) async throws {
        try await check.run(on: TestDatabase.fixture(throughPooler: true))
    }
}
