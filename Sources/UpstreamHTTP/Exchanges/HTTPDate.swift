import PackagingStandards

/// Reads dates in HTTP headers.
enum HTTPDate {
    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7), or returns nil for anything else, also for the two obsolete
    /// forms, which nobody sends.
    static func read(_ text: String) -> Timestamp? {
        let parts = text.trimmingBlanks().split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", parts[1].count == 2, parts[3].count == 4,
            let month = months.firstIndex(of: parts[2])
        else { return nil }
        let number = month + 1
        return Timestamp(iso8601: "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
    }

    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

/// Reads the `Retry-After` header (RFC 9110 §10.2.3).
enum RetryAfter {
    /// Returns how long to wait, one year at most and zero if the moment has passed, or nil if the header is missing or
    /// malformed.
    static func read(_ value: String?, at moment: Timestamp) -> Duration? {
        guard let value = value?.trimmingBlanks(), !value.isEmpty else { return nil }
        if value.utf8.allSatisfy(ASCII.isDigit) {
            return .seconds(Int64(value).map { min($0, 86400 * 365) } ?? 86400 * 365)
        }
        guard let then = HTTPDate.read(value) else { return nil }
        return .microseconds(max(0, then.microseconds - moment.microseconds))
    }
}

extension StringProtocol {
    /// Returns the text without the spaces and tabs at its ends.
    func trimmingBlanks() -> String {
        let start = firstIndex { $0 != " " && $0 != "\t" } ?? endIndex
        let end = lastIndex { $0 != " " && $0 != "\t" } ?? startIndex
        return start <= end && start != endIndex ? String(self[start...end]) : ""
    }
}
