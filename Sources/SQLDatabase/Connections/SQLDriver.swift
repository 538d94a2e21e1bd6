import Registry

/// What differs between SQLite and PostgreSQL: connections, transactions, a few words of DDL, and health.
///
/// Closures are synchronous and may be run again from their start. Errors are translated to `RegistryError`s here.
protocol SQLDriver: Sendable {
    /// The words of DDL that differ.
    var dialect: SQLDialect { get }

    /// Runs a closure in a transaction that sees one state of the database and changes nothing.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Runs a closure in a transaction that is durable when this returns, and undone when it throws.
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Runs a closure that reads the schema and changes it, in one transaction, under a lock that keeps other processes
    /// from doing the same meanwhile.
    func migrate(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws

    /// Returns a mark that differs after any commit of any process, or nil if there is none without a query. Never
    /// waits.
    func commitMark() -> CommitMark?

    /// Returns what is wrong with the files or the connection, and lines that state the size.
    func health() async throws -> SQLHealth

    /// Closes all connections.
    func close() async
}

/// What a driver says of its health.
struct SQLHealth: Sendable {
    /// Empty if all is well.
    var problems: [String]
    /// Lines for people.
    var details: [String]
}

/// The words of DDL that differ between the databases; all other SQL is the same text.
///
/// In DDL they stand as `{id}`, `{int}`, `{text}`, `{bytes}`, `{table}` and `{clustered}`.
struct SQLDialect: Sendable {
    /// The type of a numeric id that is never used again.
    let id: String
    /// The type of 64-bit numbers.
    let int: String
    /// The type of texts that are compared by their bytes.
    let text: String
    /// The type of bytes.
    let bytes: String
    /// What follows a table's columns.
    let table: String
    /// What follows the columns of a table that is kept in the order of its primary key, if the database can.
    let clustered: String

    static let sqlite = SQLDialect(
        id: "INTEGER PRIMARY KEY AUTOINCREMENT", int: "INTEGER", text: "TEXT", bytes: "BLOB",
        table: "STRICT", clustered: "STRICT, WITHOUT ROWID")

    /// Returns a statement of DDL with its words filled in.
    func expand(_ sql: String) -> String {
        var text = ""
        var rest = sql[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            text += rest[..<open]
            text += word(rest[rest.index(after: open)..<close])
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }

    private func word(_ name: Substring) -> String {
        switch name {
        case "id": id
        case "int": int
        case "text": text
        case "bytes": bytes
        case "table": table
        case "clustered": clustered
        default: "{\(name)}"
        }
    }
}
