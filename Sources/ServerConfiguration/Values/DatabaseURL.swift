import PackagingStandards

/// The connection URI of a PostgreSQL database, which may hold a password: printed, it does not show it.
package struct DatabaseURL: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    private static let schemes = ["postgresql://", "postgres://"]
    /// The parameters whose values are shown; of others a password may be the value.
    private static let shown: Set<Substring> = [
        "application_name", "channel_binding", "connect_timeout", "dbname", "gssencmode", "host", "hostaddr",
        "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts", "options",
        "passfile", "port", "requirepeer", "service", "sslcert", "sslcrl", "sslkey", "sslmode", "sslrootcert",
        "target_session_attrs", "tcp_user_timeout", "user",
    ]

    private let text: String

    /// Returns the URI itself, for the one place that uses it.
    package func reveal() -> String { text }

    /// Takes a text that begins with `postgresql://` or `postgres://`, unless it is clear that parts of its password
    /// would be taken for something else.
    init?(_ text: String) {
        guard Self.isScheme(of: text), Self.problem(with: text) == nil else { return nil }
        self.text = text
    }

    /// Returns whether a text claims to be such a URI.
    static func isScheme(of text: String) -> Bool { schemes.contains { text.hasPrefix($0) } }

    /// Returns why a URI is refused; never a part of it.
    static func problem(with text: String) -> String? {
        guard let scheme = schemes.first(where: { text.hasPrefix($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            return "must not hold spaces or control characters; write a space as %20"
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        // libpq ends the password at the first of them, and would take its rest for the name of a host, and show it.
        guard authority.count(where: { $0 == "@" }) <= 1, !rest.dropFirst(authority.count).contains("@") else {
            return "has an @, a / or a ? in its user's name or password: write them as %40, %2F and %3F"
        }
        return nil
    }

    /// The URI without what may be a password.
    package var description: String {
        var shown = text
        if let scheme = Self.schemes.first(where: { text.hasPrefix($0) }), let at = text.lastIndex(of: "@") {
            let user = text[..<at].dropFirst(scheme.count).prefix { $0 != ":" }
            shown = scheme + user + text[at...]
        }
        guard let question = shown.firstIndex(of: "?") else { return shown }
        let parameters = shown[question...].dropFirst().split(separator: "&", omittingEmptySubsequences: false)
        return shown[...question]
            + parameters.map { parameter in
                let name = parameter.prefix { $0 != "=" }
                return Self.shown.contains(name) ? String(parameter) : "\(name)=\(Secret.placeholder)"
            }.joined(separator: "&")
    }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
