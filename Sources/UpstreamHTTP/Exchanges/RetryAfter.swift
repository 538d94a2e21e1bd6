import PackagingStandards

/// `Retry-After` (RFC 9110 §10.2.3).
enum RetryAfter {
    /// How long to wait; nil if the header is missing or malformed. A moment that has passed is no time at all.
    static func read(_ value: String?, at moment: Timestamp) -> Duration? {
        guard let value = value?.trimmingBlanks(), !value.isEmpty else { return nil }
        if value.utf8.allSatisfy(ASCII.isDigit) {
            return .seconds(Int64(value).map { min($0, 86400 * 365) } ?? 86400 * 365)
        }
        guard let then = HTTPDate.read(value) else { return nil }
        return .microseconds(max(0, then.microseconds - moment.microseconds))
    }
}
