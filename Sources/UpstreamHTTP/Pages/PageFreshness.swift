import NIOHTTP1
import PackagingStandards

/// Finds out how long an answer may be used without asking again (RFC 9111 §4.2).
enum PageFreshness {
    /// Returns the time in seconds, 0 if the answer does not say, or must not be kept.
    static func seconds(_ headers: HTTPHeaders, at moment: Timestamp) -> Int64 {
        var lifetimes: [String: Int64] = [:]
        for directive in headers[canonicalForm: "Cache-Control"] {
            let parts = directive.lowercased().split(separator: "=", maxSplits: 1)
            guard let name = parts.first?.trimmingBlanks() else { continue }
            if name == "no-store" || name == "no-cache" { return 0 }
            guard parts.count == 2, name == "max-age" || name == "s-maxage" else { continue }
            // A malformed directive means stale; of two, the shorter one counts (§4.2.1).
            let value = parts[1].trimmingBlanks().filter { $0 != "\"" }
            lifetimes[name] = min(lifetimes[name] ?? .max, seconds(value) ?? 0)
        }
        let lifetime = lifetimes["s-maxage"] ?? lifetimes["max-age"] ?? expiry(headers, at: moment)
        let age = headers.first(name: "Age").flatMap { seconds($0.trimmingBlanks()) } ?? 0
        return max(0, lifetime - age)
    }

    private static func expiry(_ headers: HTTPHeaders, at moment: Timestamp) -> Int64 {
        guard let expires = headers.first(name: "Expires").flatMap(HTTPDate.read) else { return 0 }
        let date = headers.first(name: "Date").flatMap(HTTPDate.read) ?? moment
        return (expires.microseconds - date.microseconds) / 1_000_000
    }

    /// Reads a number of seconds, ten years at most, or returns nil if it is malformed.
    private static func seconds(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        let most: Int64 = 10 * 365 * 86400
        return Int64(text).map { min($0, most) } ?? most
    }
}
