import PackagingStandards

/// A connection inside a transaction, as the queries see it.
///
/// Statements are written in the SQL that SQLite 3.40 and PostgreSQL 15 share, with `?1`, `?2`… for parameters in the
/// order of the arguments. A statement must not be run again while its own rows are being read.
protocol SQLConnection {
    /// Runs one statement and passes its rows on, one after the other.
    func run(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> Void) throws

    /// Runs queries none of which needs what another one finds, and passes on the rows of one after those of the other.
    func runTogether(_ queries: [SQLQuery]) throws

    /// Runs one statement whose rows nobody reads. It may be sent together with later ones; what is wrong with it is
    /// then thrown by one of these, or by the end of the transaction.
    func perform(_ sql: String, _ arguments: [SQLValue]) throws

    /// Returns the names of all tables.
    func tableNames() throws -> Set<String>
}

extension SQLConnection {
    /// Runs a statement whose rows nobody reads, as `perform` does.
    func execute(_ sql: String, _ arguments: SQLValue...) throws {
        try perform(sql, arguments)
    }

    /// Returns all rows of a query.
    func all<Element>(
        _ sql: String, _ arguments: SQLValue..., read: (any SQLRow) throws -> Element
    ) throws -> [Element] {
        var elements: [Element] = []
        try run(sql, arguments) { elements.append(try read($0)) }
        return elements
    }

    /// Returns the first row of a query, or nil if it gives none.
    func first<Element>(
        _ sql: String, _ arguments: SQLValue..., read: (any SQLRow) throws -> Element
    ) throws -> Element? {
        var found: Element?
        try run(sql, arguments) { row in
            if found == nil { found = try read(row) }
        }
        return found
    }

    /// Returns whether a query gives any row.
    func exists(_ sql: String, _ arguments: SQLValue...) throws -> Bool {
        var found = false
        try run(sql, arguments) { _ in found = true }
        return found
    }
}

/// A query, and what reads its rows.
struct SQLQuery {
    let sql: String
    let arguments: [SQLValue]
    let row: (any SQLRow) throws -> Void

    init(_ sql: String, _ arguments: [SQLValue], _ row: @escaping (any SQLRow) throws -> Void) {
        self.sql = sql
        self.arguments = arguments
        self.row = row
    }
}

/// A parameter of a statement: the four kinds that both drivers know.
enum SQLValue: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    case text(String)
    case integer(Int64)
    case bytes([UInt8])
    case null

    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(nilLiteral: ()) { self = .null }

    /// Makes a text, or null for none.
    init(_ text: String?) {
        if let text { self = .text(text) } else { self = .null }
    }

    /// Makes a number, or null for none.
    init(_ number: Int64?) {
        if let number { self = .integer(number) } else { self = .null }
    }

    init(_ number: Int) { self = .integer(Int64(number)) }
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
    init(_ digest: SHA256Digest) { self = .text(digest.description) }
    init(_ digest: SHA256Digest?) { self.init(digest?.description) }
    init(_ moment: Timestamp) { self = .integer(moment.microseconds) }
    init(_ name: NormalizedName) { self = .text(name.description) }
}
