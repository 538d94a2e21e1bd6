import GRDB
import GRDBSQLite
import Glibc
import PackagingStandards
import Registry

/// A GRDB connection, for the queries.
struct SQLiteConnection: SQLConnection {
    let database: GRDB.Database

    func run(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        let statement = try database.cachedStatement(sql: sql).sqliteStatement
        // What a statement has read or bound is let go also if a closure throws.
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (position, argument) in arguments.enumerated() { try bind(argument, at: CInt(position + 1), of: statement) }
        let view = SQLiteRow(statement: statement)
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try row(view)
            case SQLITE_DONE: return
            case let code: throw error(code, sql)
            }
        }
    }

    func runTogether(_ queries: [SQLQuery]) throws {
        for query in queries { try run(query.sql, query.arguments, query.row) }
    }

    func perform(_ sql: String, _ arguments: [SQLValue]) throws { try run(sql, arguments) { _ in } }

    private func bind(_ value: SQLValue, at position: CInt, of statement: OpaquePointer) throws {
        let code =
            switch value {
            case .text(let text): try Self.bind(text, at: position, of: statement)
            case .integer(let number): sqlite3_bind_int64(statement, position, number)
            case .bytes(let bytes): Self.bind(bytes, at: position, of: statement)
            case .null: sqlite3_bind_null(statement, position)
            }
        guard code == SQLITE_OK else { throw error(code, "a parameter") }
    }

    // PostgreSQL knows no NUL in texts, and SQLite's own functions stop at one.
    private static func bind(_ text: String, at position: CInt, of statement: OpaquePointer) throws -> CInt {
        var text = text
        return try text.withUTF8 { bytes in
            guard !bytes.contains(0) else {
                throw RegistryError(.invalidRequest, "A text with a NUL character cannot be kept.")
            }
            let count = CInt(bytes.count)
            // A null address would bind NULL. SQLite copies the bytes.
            return bytes.baseAddress.map { start in
                start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text(statement, position, $0, count, Self.copied)
                }
            } ?? sqlite3_bind_text(statement, position, "", 0, Self.copied)
        }
    }

    private static func bind(_ bytes: [UInt8], at position: CInt, of statement: OpaquePointer) -> CInt {
        bytes.withUnsafeBytes { bytes in
            // A null address would bind NULL. SQLite copies the bytes.
            bytes.baseAddress.map { sqlite3_bind_blob(statement, position, $0, CInt(bytes.count), Self.copied) }
                ?? sqlite3_bind_zeroblob(statement, position, 0)
        }
    }

    /// `SQLITE_TRANSIENT`, a macro that Swift does not see.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private func error(_ code: CInt, _ sql: String) -> DatabaseError {
        let connection = database.sqliteConnection
        let extended = connection.map { sqlite3_extended_errcode($0) } ?? code
        let message = connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: extended), message: message, sql: sql)
    }

    func tableNames() throws -> Set<String> {
        Set(try all("SELECT name FROM sqlite_master WHERE type = 'table'") { $0.text(0) })
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
        optionalText(column) ?? ""
    }

    func optionalText(_ column: Int) -> String? {
        guard let start = sqlite3_column_text(statement, CInt(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, CInt(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, CInt(column)) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, CInt(column)))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    func isText(_ column: Int, _ text: String) -> Bool {
        guard let start = sqlite3_column_text(statement, CInt(column)) else { return false }
        let count = Int(sqlite3_column_bytes(statement, CInt(column)))
        var text = text
        return text.withUTF8 { $0.count == count && memcmp($0.baseAddress ?? start, start, count) == 0 }
    }

    func digest(_ column: Int) -> SHA256Digest? {
        guard let start = sqlite3_column_text(statement, CInt(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, CInt(column)))
        return SHA256Digest(hexDigits: UnsafeRawBufferPointer(start: start, count: count))
    }
}
