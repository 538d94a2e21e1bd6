import SQLDatabase
import Testing

@Suite("The schema")
struct MigrationTests {
    @Test("has every table of the design")
    func tables() async throws {
        try await withDatabase { database, _ in
            let expected: Set = [
                "schema", "installation", "indexes", "projects", "releases", "files", "attestations", "replaced",
                "blobs", "search_trigrams", "users", "groups", "memberships", "declared_members", "grants", "tokens",
                "publishers", "sessions", "upstream_pages", "pins", "exceptions", "audit", "outbox",
                "daily_downloads",
            ]
            let found = try await database.tableNames().filter { !$0.hasPrefix("sqlite_") }
            #expect(found == expected)
        }
    }

    @Test("has an index for every foreign key, so that deleting scans nothing")
    func foreignKeys() async throws {
        try await withDatabase { database, _ in
            let unindexed = try await database.unindexedForeignKeys()
            #expect(unindexed == [])
        }
    }
}
