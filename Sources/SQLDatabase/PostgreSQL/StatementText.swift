/// Writes statements with PostgreSQL's words for parameters, and remembers what it wrote.
struct StatementTexts {
    /// More texts than the program has; only the audit's queries are put together of parts.
    private static let most = 1000

    private var known: [String: String] = [:]

    /// Returns a statement with `$1` for each `?1`.
    mutating func text(of sql: String) -> String {
        if let text = known[sql] { return text }
        let text = Self.translated(sql)
        if known.count >= Self.most { known.removeAll() }
        known[sql] = text
        return text
    }

    /// A question mark inside quotes stays.
    static func translated(_ sql: String) -> String {
        var isQuoted = false
        var bytes: [UInt8] = []
        bytes.reserveCapacity(sql.utf8.count)
        for byte in sql.utf8 {
            if byte == UInt8(ascii: "'") { isQuoted.toggle() }
            bytes.append(byte == UInt8(ascii: "?") && !isQuoted ? UInt8(ascii: "$") : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
