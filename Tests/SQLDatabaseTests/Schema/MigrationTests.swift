import Glibc
import Registry
import RegistryTestSupport
import Testing

@testable import SQLDatabase

@Suite("The schema")
struct MigrationTests {
    @Test("has every table of the design")
    func tables() async throws {
        try await withDatabase { database, _ in
            let expected: Set = [
                "schema", "installation", "indexes", "projects", "releases", "files", "attestations", "replaced",
                "blobs", "search_trigrams", "users", "groups", "memberships", "declared_members", "grants",
                "access_grants", "tokens", "publishers", "sessions", "upstream_pages", "upstream_page_bodies", "pins",
                "touched", "exceptions", "audit", "audit_receivers", "outbox", "daily_downloads", "withdrawn_users",
                "leases", "replicas", "login_guesses",
                "service_accounts", "access_tokens", "trusted_publishers", "publisher_tokens", "traded_identities",
                "tagged_downloads", "person_links", "linked_groups", "one_time_links", "registrations",
                "search_words", "name_variants", "classifiers", "project_classifiers", "dependencies", "daily_traffic",
            ]
            let found = try await database.tableNames().filter { !$0.hasPrefix("sqlite_") }
            #expect(found == expected)
        }
    }

    /// The version that this program makes.
    private static let known = Migration.all.last?.version ?? 0

    /// Steps after the known ones, as a later program would have them.
    private static let later = [
        Migration(
            version: known + 1, minimumReader: 1, minimumWriter: 1,
            statements: [
                "CREATE TABLE made_up (number {int} NOT NULL) {table}", "INSERT INTO made_up (number) VALUES (1)",
            ]),
        Migration(
            version: known + 2, minimumReader: 1, minimumWriter: known + 2,
            statements: ["UPDATE made_up SET number = number + 10"]),
    ]

    private func migrate(_ database: SQLDatabase, by steps: [Migration] = MigrationTests.later) async throws {
        try await Migrator(dialect: database.driver.dialect, migrations: Migration.all + steps).migrate(database.driver)
    }

    private func madeUp(_ database: SQLDatabase) async throws -> [Int64] {
        try await database.driver.read { try $0.all("SELECT number FROM made_up") { $0.integer(0) } }
    }

    @Test("takes the steps that are missing, in their order, and each once")
    func steps() async throws {
        try await withDatabase { database, file in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile())
            #expect(try await database.check().details.contains("schema \(Self.known)"))
            try await migrate(database, by: [Self.later[0]])
            for _ in 1...2 { try await migrate(database) }
            #expect(try await madeUp(database) == [11])
            #expect(try await database.check().details.contains("schema \(Self.known + 2)"))
            #expect(try await database.filenames("sample") == ["sample-1.0.tar.gz"])
            let error = await #expect(throws: RegistryError.self) { try await file.open() }
            #expect(error?.message.contains("schema \(Self.known + 2)") == true)
        }
    }

    @Test("takes a database of the first step on, with its projects and people, which nobody owns or is granted")
    func fromTheFirst() async throws {
        let file = try TemporaryDatabase()
        let driver = try await SQLiteDriver.open(path: file.path, readers: 1, patience: 5)
        try await Migrator(dialect: driver.dialect, migrations: [Migration.all[0]]).migrate(driver)
        try await driver.write { connection in
            try connection.execute("INSERT INTO indexes (name, serial, is_declared) VALUES ('main', 1, 1)")
            try connection.execute(
                """
                INSERT INTO projects (index_id, name, display_name, origin, status, folded_summary, is_closed, serial,
                    created_at, changed_at)
                VALUES (1, 'old', 'Old', 'local', 'active', '', 1, 1, 0, 0)
                """)
        }
        await driver.close()
        let database = try await file.open()
        let old = try Sample.name("old")
        #expect(try await database.owner(of: old, in: .main) == nil)
        #expect(try await database.grants().isEmpty)
        #expect(try await database.project(old, in: .main)?.displayName == "Old")
        await database.close()
    }

    @Test("takes all steps that are missing, or none")
    func failing() async throws {
        try await withDatabase { database, _ in
            let broken = Migration(version: Self.known + 3, minimumReader: 1, minimumWriter: 1, statements: ["NOT SQL"])
            await #expect(throws: RegistryError.self) { try await migrate(database, by: Self.later + [broken]) }
            let tables = try await database.tableNames()
            #expect(!tables.contains("made_up"))
            #expect(try await database.check().details.contains("schema \(Self.known)"))
        }
    }

    @Test("looks at the version once more when it has the lock, and leaves to others what they have done")
    func waits() async throws {
        try await withDatabase { database, file in
            let other = try await file.open()
            // Both have seen that steps are missing before either takes one.
            let gate = TestGate()
            let driver = WaitingDriver(base: other.driver, gate: gate)
            async let late: Void = Migrator(dialect: driver.dialect, migrations: Migration.all + Self.later)
                .migrate(driver)
            await gate.waitForArrivals(1)
            try await migrate(database)
            gate.open()
            try await late
            #expect(try await madeUp(other) == [11])
            await other.close()
        }
    }

    @Test("waits for another process that takes longer than a connection is patient")
    func patience() async throws {
        try await withDatabase { database, file in
            let other = try await file.open(patience: 0.05)
            let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
            async let slow: Void = database.driver.write { _ in
                beginning.finish()
                usleep(500_000)
            }
            for await _ in begun {}
            try await migrate(other)
            try await slow
            #expect(try await madeUp(other) == [11])
            await other.close()
        }
    }

    @Test("many connections that start at once migrate once")
    func together() async throws {
        try await withDatabase { _, file in
            var opened: [SQLDatabase] = []
            for _ in 0..<4 { opened.append(try await file.open()) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for database in opened { group.addTask { try await migrate(database) } }
                try await group.waitForAll()
            }
            for database in opened {
                #expect(try await madeUp(database) == [11])
                await database.close()
            }
        }
    }

    @Test("numbers its steps upwards")
    func numbers() {
        let versions = Migration.all.map(\.version)
        #expect(versions == Set(versions).sorted())
    }

    @Test("has an index for every foreign key, so that deleting scans nothing")
    func foreignKeys() async throws {
        try await withDatabase { database, _ in
            let unindexed = try await database.unindexedForeignKeys()
            #expect(unindexed == [])
        }
    }
}

/// A driver that waits before it migrates, after it was asked whether it must.
private struct WaitingDriver: SQLDriver {
    let base: any SQLDriver
    let gate: TestGate

    var dialect: SQLDialect { base.dialect }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await base.read(body)
    }

    func look<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await base.look(body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await base.write(body)
    }

    func migrate(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        try await gate.pass()
        try await base.migrate(body)
    }

    func commitMark() -> CommitMark? { base.commitMark() }
    func health() async throws -> SQLHealth { try await base.health() }
    func close() async { await base.close() }
}
