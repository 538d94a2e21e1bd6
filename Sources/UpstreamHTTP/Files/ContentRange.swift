import PackagingStandards

/// `Content-Range` of a 206 (RFC 9110 §14.4).
struct ContentRange: Hashable, Sendable {
    let range: Range<Int64>
    /// Bytes of the whole file; nil for `*`.
    let size: Int64?

    /// Reads `bytes 0-99/1234` or `bytes 0-99/*`; nil for anything else.
    init?(_ text: String) {
        let parts = text.trimmingBlanks().split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        let sides = parts[1].trimmingBlanks().split(separator: "/", omittingEmptySubsequences: false)
        guard sides.count == 2 else { return nil }
        let ends = sides[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]), first <= last,
            last < .max
        else { return nil }
        if sides[1] == "*" {
            size = nil
        } else {
            guard let whole = Self.number(sides[1]), last < whole else { return nil }
            size = whole
        }
        range = first..<last + 1
    }

    private static func number(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy(ASCII.isDigit) ? Int64(text) : nil
    }
}
