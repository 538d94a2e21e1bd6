import GRDB
import PackagingStandards
import Registry
import RegistryTestSupport
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
                "publishers", "sessions", "upstream_pages", "upstream_page_bodies", "pins", "touched", "exceptions",
                "audit", "outbox",
                "daily_downloads",
            ]
            let found = try await database.tableNames().filter { !$0.hasPrefix("sqlite_") }
            #expect(found == expected)
        }
    }

    @Test("takes over what the first schema kept")
    func fromFirst() async throws {
        let file = try TemporaryDatabase()
        try await SQLDatabase.makeFile(path: file.path, schema: 1)
        let sample = try SampleFile().newFile()
        let queue = try DatabaseQueue(path: file.path)
        try await queue.write { database in
            try database.execute(sql: "INSERT INTO indexes (name, serial, is_declared) VALUES ('main', 2, 1)")
            for (name, origin) in [("sample", "local"), ("kept", "reserved")] {
                try database.execute(
                    sql: """
                        INSERT INTO projects (index_id, name, display_name, origin, status, folded_summary, is_closed,
                            serial, created_at, changed_at)
                        VALUES (1, ?, ?, ?, 'active', '', 0, 1, 5, 5)
                        """, arguments: [name, name, origin])
            }
            try database.execute(
                sql: """
                    INSERT INTO releases (project_id, version_key, canonical_version, version, created_at)
                    VALUES (1, 'key', '1', '1.0', 5)
                    """)
            try database.execute(
                sql: """
                    INSERT INTO files (project_id, version_key, filename, file_key, state, package_type, version, size,
                        sha256, md5, blake2b, uploaded_at, uploader, is_yanked, serial, changed_by, changed_at)
                    VALUES (1, 'key', ?, ?, 'published', 'sdist', '1.0', 8, ?, 'm', 'b', 5, 'ada', 0, 1, 'ada', 5)
                    """,
                arguments: [sample.filename, sample.fileKey.description, sample.digests.sha256.description])
        }
        try queue.close()

        let database = try await file.open()
        #expect(try await database.projects(in: .main).names.map(\.description) == ["sample"])
        let files = try #require(try await database.project(sample.project, in: .main)?.files)
        #expect(files.map(\.filename) == [sample.filename])
        #expect(files.map(\.source) == [nil])
        #expect(try await database.cachedFiles(in: nil).isEmpty)
        #expect(try await database.publish(SampleFile("Sample", "2")) == .published(serial: 3))
        #expect(try await database.check().details.contains("schema 2"))
        await database.close()
    }

    @Test("has an index for every foreign key, so that deleting scans nothing")
    func foreignKeys() async throws {
        try await withDatabase { database, _ in
            let unindexed = try await database.unindexedForeignKeys()
            #expect(unindexed == [])
        }
    }
}
