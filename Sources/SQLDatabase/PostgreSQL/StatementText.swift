/// Writes statements with PostgreSQL's words for parameters, and remembers what it wrote.
struct StatementTexts {
    /// More texts than the program has; only the audit's queries are put together of parts.
    private static let most = 1000

    private var known: [String: String] = [:]
    private var names: [String: String] = [:]

    /// Returns a statement with `$1` for each `?1`.
    mutating func text(of sql: String) -> String {
        if let text = known[sql] { return text }
        let text = Self.translated(sql)
        if known.count >= Self.most { known.removeAll() }
        known[sql] = text
        return text
    }

    /// Returns the name of a statement, the same in every process: FNV-1a of its text, and its length. So whoever meets a
    /// name in a session that others have used, too, meets the same statement.
    mutating func name(of sql: String) -> String {
        if let name = names[sql] { return name }
        let hash = sql.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let name = "cellar_\(String(hash, radix: 16))_\(sql.utf8.count)"
        if names.count >= Self.most { names.removeAll() }
        names[sql] = name
        return name
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
