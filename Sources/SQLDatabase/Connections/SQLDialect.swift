/// The words of DDL that differ between the databases; all other SQL is the same text.
///
/// In DDL they stand as `{id}`, `{int}`, `{text}`, `{table}` and `{clustered}`.
struct SQLDialect: Sendable {
    /// The type of a numeric id that is never used again.
    let id: String
    /// The type of 64-bit numbers.
    let int: String
    /// The type of texts that are compared by their bytes.
    let text: String
    /// What follows a table's columns.
    let table: String
    /// What follows the columns of a table that is kept in the order of its primary key, if the database can.
    let clustered: String

    static let sqlite = SQLDialect(
        id: "INTEGER PRIMARY KEY AUTOINCREMENT", int: "INTEGER", text: "TEXT", table: "STRICT",
        clustered: "STRICT, WITHOUT ROWID")

    /// A statement of DDL with its words filled in.
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
        case "table": table
        case "clustered": clustered
        default: "{\(name)}"
        }
    }
}
