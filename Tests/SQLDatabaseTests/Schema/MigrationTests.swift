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

    @Test("names no core metadata of source distributions that were published before, and leaves long texts out")
    func metadataOfBefore() async throws {
        let file = try TemporaryDatabase()
        try await SQLDatabase.makeFile(path: file.path, schema: 2)
        let queue = try DatabaseQueue(path: file.path)
        let digest = Sample.digest("metadata").description
        try await queue.write { database in
            try database.execute(sql: "INSERT INTO indexes (name, serial, is_declared) VALUES ('main', 2, 1)")
            try database.execute(
                sql: """
                    INSERT INTO projects (index_id, name, display_name, origin, status, summary, folded_summary,
                        is_closed, serial, created_at, changed_at)
                    VALUES (1, 'sample', 'sample', 'local', 'active', ?, '', 0, 1, 5, 5)
                    """, arguments: [String(repeating: "x", count: 5000)])
            try database.execute(
                sql: """
                    INSERT INTO releases (project_id, version_key, canonical_version, version, created_at)
                    VALUES (1, 'key', '1', '1.0', 5)
                    """)
            for (filename, type) in [("sample-1.0.tar.gz", "sdist"), ("sample-1.0-py3-none-any.whl", "bdist_wheel")] {
                try database.execute(
                    sql: """
                        INSERT INTO files (project_id, version_key, filename, file_key, state, package_type, version,
                            size, sha256, md5, blake2b, metadata_sha256, metadata_size, requires_python, summary,
                            uploaded_at, uploader, is_yanked, serial, changed_by, changed_at)
                        VALUES (1, 'key', ?, ?, 'published', ?, '1.0', 8, ?, 'm', 'b', ?, 8, ?, ?, 5, 'ada', 0, 1, 'ada',
                            5)
                        """,
                    arguments: [
                        filename, filename, type, Sample.digest(filename).description, digest,
                        ">=3." + String(repeating: "0", count: 600), String(repeating: "x", count: 5000),
                    ])
                try database.execute(
                    sql: """
                        INSERT INTO pins (upstream, project_name, filename, sha256, metadata_sha256, metadata_size,
                            first_seen_at)
                        VALUES ('pypi', 'sample', ?, ?, ?, 8, 5)
                        """, arguments: [filename, Sample.digest(filename).description, digest])
            }
        }
        try queue.close()

        let database = try await file.open()
        let name = try Sample.name("sample")
        let listed = try #require(try await database.listedProject(name, in: .main)?.files)
        #expect(listed.map(\.metadataDigest?.description) == [digest, nil], "the wheel comes first")
        #expect(listed.map(\.requiresPython) == [nil, nil])
        let files = try #require(try await database.project(name, in: .main)?.files)
        #expect(files.map(\.metadataDigest?.description) == [digest, digest])
        #expect(files.map(\.advertisesMetadata) == [true, false])
        for (file, isServed) in zip(files, [true, false]) {
            let address = FileAddress(index: .main, sha256: file.digests.sha256, filename: file.filename)
            let location = try await database.file(at: address, now: SampleTime.start)
            #expect((location?.metadataDigest != nil) == isServed)
        }
        let pins = try await database.pins(of: name, from: "pypi")
        #expect(pins.count == 2)
        #expect(pins.values.allSatisfy { $0.metadataDigest == nil && !$0.lacksMetadata }, "they were not looked at")
        let summaries = try await database.search(ProjectSearch(index: .main, text: "", limit: 5, offset: 0))
        #expect(summaries.map(\.summary) == [nil])
        await database.close()
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
        #expect(try await database.check().details.contains("schema 5"))
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
