import FoundationEssentials
import Glibc
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import SQLDatabase

@Suite(
    "Opening PostgreSQL", .enabled(if: TestPostgreSQL.shared != nil, Comment(rawValue: TestPostgreSQL.isMissing)))
struct PostgreSQLOpeningTests {
    private let server: TestPostgreSQL

    init() throws {
        server = try #require(TestPostgreSQL.shared)
    }

    private func failure(_ url: String, patience: Duration = .milliseconds(300)) async -> RegistryError? {
        await #expect(throws: RegistryError.self) {
            let database = try await SQLDatabase.postgresql(
                PostgreSQLSettings(url: url, patience: patience), logger: .quiet)
            await database.close()
        }
    }

    @Test("says what is wrong with a login, a host or a name, and never the password")
    func wrong() async throws {
        let url = server.url(of: "postgres")
        let wrong = await failure(url.replacing("testing-secret", with: "hunter2"), patience: .seconds(30))
        #expect(wrong?.code == .unavailable)
        #expect(wrong.map { "\($0)" }?.contains("password authentication failed") == true)
        let database = await failure(server.url(of: "none"), patience: .seconds(30))
        #expect(database.map { "\($0)" }?.contains("\"none\" does not exist") == true)
        let host = await failure("postgresql://cellar:hunter2@host.invalid/cellar")
        #expect(host?.code == .unavailable)
        #expect(host.map { "\($0)" }?.contains("host.invalid") == true)
        let port = await failure("postgresql://cellar:hunter2@127.0.0.1:1/cellar")
        #expect(port.map { "\($0)" }?.contains("refused") == true)
        let text = await failure("postgresql://cellar:hunter%zz@127.0.0.1/cellar")
        #expect(text?.code == .invalidRequest)
        let option = await failure("postgresql://cellar:hunter2@127.0.0.1/cellar?sslmod=require")
        #expect(option?.code == .invalidRequest)
        for error in [wrong, database, host, port, text, option] {
            #expect(error.map { "\($0)" }?.contains("hunter") == false)
        }
    }

    @Test("waits for a bounded time for a server that accepts connections and says nothing")
    func silent() async throws {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listening) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, length) == 0 && listen(listening, 8) == 0
                    && getsockname(listening, $0, &length) == 0
            }
        }
        #expect(isBound)
        let port = UInt16(bigEndian: address.sin_port)
        let start = ContinuousClock.now
        let error = await failure("postgresql://cellar@127.0.0.1:\(port)/cellar?connect_timeout=2")
        #expect(error?.code == .unavailable)
        #expect(start.duration(to: .now) < .seconds(15))
    }

    @Test("refuses a database whose texts are not UTF-8")
    func encoding() async throws {
        let name = "test_" + SQLDatabase.randomID()
        try await blocking {
            try server.administer("CREATE DATABASE \(name) ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        }
        let database = TestDatabase(server: server, name: name)
        let error = await failure(database.url)
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("ENCODING 'UTF8'") == true)
    }

    @Test("takes every option of libpq, such as a verified certificate")
    func encrypted() async throws {
        let made = try await server.makeDatabase()
        let verified = "sslmode=verify-full&sslrootcert=\(server.authorities)"
        let database = try await made.open { $0.url = server.url(of: made.name, parameters: verified) }
        let (isEncrypted, application) = try await database.driver.read { connection in
            (
                try connection.first("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") { $0.flag(0) },
                try connection.first("SELECT current_setting('application_name')") { $0.text(0) }
            )
        }
        #expect(isEncrypted == true)
        #expect(application == "cellar")
        await database.close()
        let unknown = await failure(
            server.url(of: made.name, parameters: "sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt"))
        #expect(unknown.map { "\($0)" }?.contains("certificate verify failed") == true)
        let named = try await made.open {
            $0.url = server.url(of: made.name, parameters: "sslmode=disable&application_name=other")
        }
        let other = try await named.driver.read { connection in
            try connection.first("SELECT current_setting('application_name')") { $0.text(0) }
        }
        #expect(other == "other")
        await named.close()
    }

    @Test("ten processes that start at once make the schema once")
    func together() async throws {
        let made = try await server.makeDatabase(isEmpty: true)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    let database = try await made.open { $0.poolSize = 2 }
                    let id = try await database.installationID()
                    await database.close()
                    return id
                }
            }
            var ids: Set<String> = []
            for try await id in group { ids.insert(id) }
            #expect(ids.count == 1)
        }
        let database = try await made.open()
        #expect(try await database.check().details.contains("schema \(Migration.all.last?.version ?? 0)"))
        await database.close()
    }

    @Test("a later program's step that only adds is taken while this program writes, and disturbs it nowhere")
    func newerSchema() async throws {
        let made = try await server.makeDatabase()
        let database = try await made.open()
        try await database.declareIndexes([.main])
        let known = Migration.all.last?.version ?? 0
        let later = Migration(
            version: known + 1, minimumReader: Migration.all.last?.minimumReader ?? 0,
            minimumWriter: Migration.all.last?.minimumWriter ?? 0,
            statements: [
                "CREATE TABLE made_up (number {int} NOT NULL) {table}",
                "ALTER TABLE projects ADD COLUMN made_up {text}", "ALTER TABLE files ADD COLUMN made_up {int}",
                "CREATE INDEX made_up_files ON files (made_up)",
            ])
        let published = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    var count = 0
                    while try await database.changes(since: nil).cursor.serials[.main] ?? 0 < 60 {
                        try await database.publish(SampleFile("project-\(writer)", "\(count + 1)"))
                        #expect(try await database.project(try Sample.name("project-\(writer)"), in: .main) != nil)
                        count += 1
                    }
                    return count
                }
            }
            while try await database.changes(since: nil).cursor.serials[.main] ?? 0 < 20 {
                try await Task.sleep(for: .milliseconds(5))
            }
            let newer = try await PostgreSQLDriver.open(made.settings(), logger: .quiet)
            try await Migrator(dialect: newer.dialect, migrations: Migration.all + [later]).migrate(newer)
            await newer.close()
            return try await group.reduce(0, +)
        }
        #expect(try await database.changes(since: nil).cursor.serials[.main] == Int64(published))
        // And another server of this program still starts.
        let another = try await made.open()
        #expect(try await another.check().details.contains("schema \(known + 1)"))
        await another.close()
        await database.close()
    }

    @Test("refuses a newer schema that this program must not write, and another program's database")
    func refused() async throws {
        let made = try await server.makeDatabase()
        let known = Migration.all.last?.version ?? 0
        let driver = try await PostgreSQLDriver.open(made.settings(), logger: .quiet)
        let later = Migration(
            version: known + 1, minimumReader: known + 1, minimumWriter: known + 1,
            statements: ["CREATE TABLE made_up (number {int}) {table}"])
        try await Migrator(dialect: driver.dialect, migrations: Migration.all + [later]).migrate(driver)
        await driver.close()
        #expect(await failure(made.url)?.message.contains("schema \(known + 1)") == true)
        let foreign = try await server.makeDatabase(isEmpty: true)
        try await blocking { try server.administer("CREATE TABLE theirs (n INT)", in: foreign.name) }
        #expect(await failure(foreign.url)?.message.contains("another program") == true)
    }

    @Test("migrates past the pooler if it is told how")
    func direct() async throws {
        let made = try await server.makeDatabase(isEmpty: true)
        let database = try await made.open { ($0.url, $0.directURL) = (made.poolerURL, made.url) }
        try await database.declareIndexes([.main])
        #expect(try await database.changes(since: nil).cursor.serials[.main] == 0)
        await database.close()
        let unusable = try await server.makeDatabase(isEmpty: true)
        let error = await #expect(throws: RegistryError.self) {
            try await unusable.open {
                ($0.url, $0.directURL) = (unusable.poolerURL, "postgresql://127.0.0.1:1/cellar")
            }
        }
        #expect(error?.code == .unavailable)
    }

    @Test("states the version and the size, and what is wrong")
    func health() async throws {
        let made = try await server.makeDatabase()
        let database = try await made.open()
        let health = try await database.check()
        #expect(health.isHealthy, "\(health.details)")
        #expect(health.details.first?.contains("PostgreSQL 1") == true)
        await database.close()
        for setting in ["CONNECTION LIMIT 3", "SET synchronous_commit = off"] {
            try await blocking { try server.administer("ALTER DATABASE \(made.name) \(setting)") }
        }
        let limited = try await made.open()
        let problems = try await limited.check()
        #expect(!problems.isHealthy)
        #expect(problems.details.contains { $0.contains("allows 3 connections") && $0.contains("database.pool_size") })
        #expect(problems.details.contains { $0.contains("synchronous_commit is off") })
        await limited.close()
    }
}

@Suite("PostgreSQL's library")
struct PostgreSQLLibraryTests {
    @Test("is missed with a text that says what to install")
    func missing() throws {
        #expect(PostgreSQLLibrary.open("libcellar-is-none.so.1") == nil)
        // The C library can be opened, and speaks with no database.
        #expect(PostgreSQLLibrary.open("libc.so.6") == nil)
        let error = #expect(throws: RegistryError.self) { try PostgreSQLLibrary.check(.none) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("apt-get install libpq5") == true)
    }

    @Test("gets its own words for parameters, but not inside of texts")
    func texts() {
        #expect(
            StatementTexts.translated("SELECT ?1, '?2', 'it''s ?3' || ?12 FROM t WHERE a = ?1")
                == "SELECT $1, '?2', 'it''s ?3' || $12 FROM t WHERE a = $1")
    }
}
