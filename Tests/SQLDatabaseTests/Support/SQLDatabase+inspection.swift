import GRDB
import PackagingStandards
import Registry

@testable import SQLDatabase

/// What tests look at, and nobody else.
extension SQLDatabase {
    /// The names of the statements whose plans ``queryPlan(of:)`` returns.
    static var readingStatementNames: [String] { StatementNames.all.map(\.name) }

    /// The steps of the plan that SQLite makes for a statement of the reading paths; empty for an unknown name.
    func queryPlan(of name: String) async throws -> [String] {
        guard let statement = StatementNames.all.first(where: { $0.name == name }) else { return [] }
        return try await driver.read { connection in
            // EXPLAIN reads nothing, and so does not notice that another connection has changed the schema.
            _ = try connection.first("SELECT version FROM schema") { $0.integer(0) }
            return try connection.all("EXPLAIN QUERY PLAN " + statement.sql) { $0.text(3) }
        }
    }

    func tableNames() async throws -> Set<String> {
        try await driver.read { try $0.tableNames() }
    }

    /// A setting of the connection that writes.
    func pragma(_ name: String) async throws -> String? {
        try await driver.write { connection in
            try connection.first("PRAGMA \(name)") { $0.text(0) }
        }
    }

    /// Lets commits wait less for the disk, to show what is lost then.
    func setDurability(_ mode: String) async throws {
        guard let driver = driver as? SQLiteDriver else { return }
        try await driver.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = \(mode)") }
    }

    /// Lets the file grow by no more than some pages, as a full disk would.
    func limitPages(to more: Int) async throws {
        try await driver.write { connection in
            let pages = try connection.first("PRAGMA page_count") { $0.integer(0) } ?? 0
            _ = try connection.first("PRAGMA max_page_count = \(pages + Int64(more))") { $0.integer(0) }
        }
    }

    /// Foreign keys, as `table.column`, whose column begins no index.
    func unindexedForeignKeys() async throws -> [String] {
        try await driver.read { connection in
            var missing: [String] = []
            for table in try connection.tableNames().sorted() {
                var first: Set<String> = []
                let indexes = try connection.all("SELECT name FROM pragma_index_list(?1)", .text(table)) { $0.text(0) }
                for index in indexes {
                    let columns = try connection.all(
                        "SELECT name FROM pragma_index_info(?1) ORDER BY seqno", .text(index)
                    ) { $0.text(0) }
                    if let column = columns.first { first.insert(column) }
                }
                let keys = try connection.all("SELECT \"from\" FROM pragma_foreign_key_list(?1)", .text(table)) {
                    $0.text(0)
                }
                missing += keys.filter { !first.contains($0) }.map { "\(table).\($0)" }
            }
            return missing
        }
    }
}
