import GRDB
import GRDBSQLite
import PackagingStandards
import Registry

/// A GRDB connection, for the queries.
struct SQLiteConnection: SQLConnection {
    let database: GRDB.Database

    func run(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        let statement = try database.cachedStatement(sql: sql)
        statement.setUncheckedArguments(StatementArguments(try arguments.map(Self.databaseValue)))
        guard statement.columnCount > 0 else { return try statement.execute() }
        let rows = try Row.fetchCursor(statement)
        let view = SQLiteRow(statement: statement.sqliteStatement)
        while try rows.next() != nil {
            try row(view)
        }
    }

    func tableNames() throws -> Set<String> {
        Set(try all("SELECT name FROM sqlite_master WHERE type = 'table'") { $0.text(0) })
    }

    // PostgreSQL knows no NUL in texts, and SQLite's own functions stop at one.
    private static func databaseValue(_ value: SQLValue) throws -> (any DatabaseValueConvertible)? {
        switch value {
        case .text(let text):
            guard !text.utf8.contains(0) else {
                throw RegistryError(.invalidRequest, "A text with a NUL character cannot be kept.")
            }
            return text
        case .integer(let number): return number
        case .null: return nil
        }
    }
}

/// The row at which a statement stands.
struct SQLiteRow: SQLRow {
    let statement: OpaquePointer

    func integer(_ column: Int) -> Int64 {
        sqlite3_column_int64(statement, CInt(column))
    }

    func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(statement, CInt(column)) == SQLITE_NULL
    }

    func text(_ column: Int) -> String {
        guard let start = sqlite3_column_text(statement, CInt(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, CInt(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func digest(_ column: Int) -> SHA256Digest? {
        guard let start = sqlite3_column_text(statement, CInt(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, CInt(column)))
        return SHA256Digest(hexDigits: UnsafeRawBufferPointer(start: start, count: count))
    }
}
