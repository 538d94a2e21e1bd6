import Dispatch
import FoundationEssentials
import Logging
import Registry
import RegistryTestSupport
import Synchronization

@testable import SQLDatabase

/// The PostgreSQL that `scripts/servers` starts, and `make test` names in `TEST_SERVERS`, with the PgBouncer before it.
struct TestPostgreSQL: Sendable {
    /// Nil without `TEST_SERVERS`: then what needs it is skipped.
    static let shared = TestPostgreSQL()
    static let isMissing =
        "TEST_SERVERS names no PostgreSQL: start it with scripts/servers/start.sh FOLDER postgres pgbouncer"

    /// The administrator's addresses, without the name of a database at the end. Without TLS: OpenSSL does not allow
    /// that the process ends while another thread connects.
    private let server: String
    private let pooler: String
    let authorities: String
    private let template = Template()

    private init?() {
        guard let server = Self.values(of: "postgres"), let pooler = Self.values(of: "pgbouncer"),
            let address = server["ENDPOINT"], let poolerAddress = pooler["ENDPOINT"],
            let authorities = server["CA_FILE"]
        else { return nil }
        self.server = String(address.dropLast("postgres".count))
        self.pooler = String(poolerAddress.dropLast("postgres".count))
        self.authorities = authorities
    }

    private static func values(of name: String) -> [String: String]? {
        guard let folder = ProcessInfo.processInfo.environment["TEST_SERVERS"],
            let data = try? Data(contentsOf: URL(filePath: "\(folder)/\(name).env"))
        else { return nil }
        var values: [String: String] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        return values
    }

    /// Returns the address of a database.
    func url(of database: String, throughPooler: Bool = false, parameters: String = "sslmode=disable") -> String {
        let base = throughPooler ? pooler : server
        return "\(base)\(database)?\(parameters)"
    }

    /// Runs a statement on the server outside of a transaction, as its administrator.
    func administer(_ statement: String, in database: String = "postgres") throws {
        let connection = try PostgreSQLConnection(PostgreSQLAddress(url(of: database), setting: "test"))
        try connection.run(statement, []) { _ in }
    }

    /// Makes a database with the present schema, or an empty one.
    func makeDatabase(isEmpty: Bool = false) async throws -> TestDatabase {
        let name = "test_" + SQLDatabase.randomID()
        let origin = isEmpty ? Self.fromNothing : "TEMPLATE \(try await template.name(on: self))"
        try await blocking { try administer("CREATE DATABASE \(name) \(origin)") }
        return TestDatabase(server: self, name: name)
    }

    /// Texts are sorted by ICU unless a column says otherwise, as in many databases that people have.
    static let fromNothing = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"

    /// A database with the schema, which every other one is a copy of; made once, and dropped with the server.
    private final class Template: Sendable {
        private let task = Mutex<Task<String, any Error>?>(nil)

        func name(on server: TestPostgreSQL) async throws -> String {
            let making = task.withLock { task in
                let making = task ?? Task { try await Self.make(on: server) }
                task = making
                return making
            }
            return try await making.value
        }

        private static func make(on server: TestPostgreSQL) async throws -> String {
            let name = "template_" + SQLDatabase.randomID()
            try await blocking { try server.administer("CREATE DATABASE \(name) \(TestPostgreSQL.fromNothing)") }
            let database = try await SQLDatabase.postgresql(
                PostgreSQLSettings(url: server.url(of: name)), logger: .quiet)
            await database.close()
            return name
        }
    }
}

/// A database of one test, dropped when nobody holds the value any more.
final class TestDatabase: Sendable {
    let server: TestPostgreSQL
    let name: String
    var url: String { server.url(of: name) }
    var poolerURL: String { server.url(of: name, throughPooler: true) }

    init(server: TestPostgreSQL, name: String) {
        self.server = server
        self.name = name
    }

    deinit {
        let (server, name) = (server, name)
        DispatchQueue.global().async { try? server.administer("DROP DATABASE IF EXISTS \(name) WITH (FORCE)") }
    }

    /// Settings for this database; change what a test is about.
    func settings(_ change: (inout PostgreSQLSettings) -> Void = { _ in }) -> PostgreSQLSettings {
        var settings = PostgreSQLSettings(url: url, poolSize: 6)
        change(&settings)
        return settings
    }

    func open(_ change: (inout PostgreSQLSettings) -> Void = { _ in }) async throws -> SQLDatabase {
        try await SQLDatabase.postgresql(settings(change), logger: .quiet)
    }

    /// Ends the connections to this database, and waits for their ends.
    func terminateOthers() throws {
        try server.administer(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = '\(name)'
            """)
    }

    /// The contract's fixture: the database stays as long as the fixture does.
    static func fixture(
        throughPooler: Bool = false
    ) async throws -> DatabaseFixture<any Database> {
        guard let server = TestPostgreSQL.shared else { throw RegistryError(.internal, TestPostgreSQL.isMissing) }
        let database = try await server.makeDatabase()
        return DatabaseFixture(
            open: {
                try await database.open { settings in
                    settings.poolSize = 3
                    guard throughPooler else { return }
                    settings.directURL = settings.url
                    settings.url = database.poolerURL
                }
            }, close: { await $0.close() })
    }
}

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// Runs a closure that blocks on a thread that may.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}
