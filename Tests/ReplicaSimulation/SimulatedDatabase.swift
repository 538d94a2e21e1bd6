import struct GRDB.Configuration
import class GRDB.DatabaseFunction
import class GRDB.DatabaseQueue
import PackagingStandards
import Registry

@testable import SQLDatabase

/// The one database of all replicas: SQLite in memory, under the queries and migrations that PostgreSQL gets too. Each
/// transaction happens at one moment.
final class SimulatedServer: @unchecked Sendable {
    private let queue: DatabaseQueue
    /// A bug that is put in on purpose.
    let bug: Bug?

    /// Makes an empty database with the present schema.
    init(bug: Bug?) throws {
        self.bug = bug
        var configuration = Configuration()
        // A whole schedule is one transaction, which is undone at its end: so statements are prepared only once.
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(configuration: configuration)
        try queue.inDatabase { database in
            database.add(
                function: DatabaseFunction("simulated_now", argumentCount: 0) { _ in Plan.beginning + World.only.now })
            let connection = SQLiteConnection(database: database)
            for statement in Migration.all.flatMap(\.statements) {
                try connection.execute(SQLDialect.sqlite.expand(statement))
            }
            try connection.execute("SAVEPOINT schedule")
        }
    }

    /// Makes it empty again.
    func clear() throws {
        try queue.inDatabase { try SQLiteConnection(database: $0).execute("ROLLBACK TO schedule") }
    }

    /// Runs a transaction.
    func run<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        try queue.inDatabase { database in
            let connection = SQLiteConnection(database: database)
            try connection.execute("SAVEPOINT one")
            do {
                let value = try body(bug.map { WrongConnection(right: connection, bug: $0) } ?? connection)
                try connection.execute("RELEASE one")
                return value
            } catch {
                try connection.execute("ROLLBACK TO one")
                try connection.execute("RELEASE one")
                throw error
            }
        }
    }
}

/// A replica's way to the database.
struct SimulatedDriver: SQLDriver {
    let server: SimulatedServer
    let link: Link

    /// SQLite's, with the simulation's clock.
    var dialect: SQLDialect {
        let sqlite = SQLDialect.sqlite
        return SQLDialect(
            id: sqlite.id, int: sqlite.int, text: sqlite.text, bytes: sqlite.bytes, table: sqlite.table,
            clustered: sqlite.clustered, now: "simulated_now()")
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await link.call { try server.run(body) }
    }

    func look<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await read(body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await link.call { try server.run(body) }
    }

    func migrate(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        try await write(body)
    }

    /// None, as with PostgreSQL: each request waits for a read.
    func commitMark() -> CommitMark? { server.bug == .staleMark ? CommitMark(SIMD8(repeating: 1)) : nil }

    func health() async throws -> SQLHealth { SQLHealth(problems: [], details: []) }

    func close() async {}
}

/// A connection that changes a statement, so that a decision goes wrong.
private struct WrongConnection: SQLConnection {
    let right: SQLiteConnection
    let bug: Bug

    func run(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        guard let (part, other) = bug.change, sql.contains(part) else { return try right.run(sql, arguments, row) }
        if let other { try right.run(sql.replacing(part, with: other), arguments, row) }
    }

    func runTogether(_ queries: [SQLQuery]) throws {
        for query in queries { try run(query.sql, query.arguments, query.row) }
    }

    func perform(_ sql: String, _ arguments: [SQLValue]) throws {
        try run(sql, arguments) { _ in }
    }

    func tableNames() throws -> Set<String> { try right.tableNames() }
}
