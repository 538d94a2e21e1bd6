import CPostgreSQL
import FoundationEssentials
import Glibc
import Registry

/// Where a database of PostgreSQL is, and how patient its callers are.
package struct PostgreSQLSettings: Sendable {
    /// Everything that libpq takes as a connection URI (PostgreSQL's manual, 34.1.1.2); may hold a password.
    var url: String
    /// The same database past a pooler, for migrations; nil for the same URL.
    var directURL: String?
    /// The most connections at once.
    var poolSize: Int
    /// How long a statement may take before the server ends it.
    var statementTimeout: Duration
    /// How long a call waits for its turn, a connection, or other writes.
    var patience: Duration

    package init(
        url: String, directURL: String? = nil, poolSize: Int = 10, statementTimeout: Duration = .seconds(30),
        patience: Duration = .seconds(10)
    ) {
        self.url = url
        self.directURL = directURL
        self.poolSize = max(2, poolSize)
        self.statementTimeout = statementTimeout
        self.patience = patience
    }
}

/// A connection URI that libpq can read.
struct PostgreSQLAddress: Sendable {
    let url: String
    /// User, host and database for people, without the password.
    let place: String
    private let secrets: [String]

    /// What applies if the URI does not say otherwise. A network that has gone silent is noticed within a minute.
    private static let defaults = [
        ("fallback_application_name", "cellar"), ("connect_timeout", "5"), ("keepalives_idle", "30"),
        ("keepalives_interval", "10"), ("keepalives_count", "3"), ("tcp_user_timeout", "30000"),
    ]

    /// - Throws: `RegistryError` `.invalidRequest` for a URI that libpq cannot read; nothing of it is in the text.
    init(_ url: String, setting: String) throws {
        var problem: UnsafeMutablePointer<CChar>?
        guard !url.utf8.contains(0), let options = libpq.conninfoParse(url, &problem) else {
            if let problem { libpq.freemem(problem) }
            throw RegistryError(
                .invalidRequest,
                """
                \(setting) is not an address that PostgreSQL's library can read, such as \
                postgresql://user@host:5432/database?sslmode=verify-full. In a password, write other characters than \
                letters and digits with % and two hex digits.
                """)
        }
        defer { libpq.conninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        self.url = url
        let user = values["user"].map { "\($0)@" } ?? ""
        let host = values["host"] ?? values["hostaddr"] ?? values["service"] ?? "localhost"
        let port = values["port"].map { ":\($0)" } ?? ""
        place = "\(user)\(host)\(port)/\(values["dbname"] ?? values["user"] ?? "")"
        let environment = ProcessInfo.processInfo.environment
        secrets = [values["password"], values["sslpassword"], environment["PGPASSWORD"]].compactMap(\.self)
            .filter { !$0.isEmpty }
    }

    /// Returns a text of libpq or the server as a line without passwords.
    func redacted(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return secrets.reduce(line) { $0.replacing($1, with: "(hidden)") }
    }

    /// Calls a closure with the keywords and values for `PQconnectdbParams`, each list with a null at its end.
    func withParameters<Value>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) throws -> Value
    ) rethrows -> Value {
        // Those that come later take precedence, so the URI overrides the defaults. All texts are UTF-8, whatever the
        // environment says.
        let all = Self.defaults + [("dbname", url), ("client_encoding", "UTF8")]
        let copies = all.map { (strdup($0.0), strdup($0.1)) }
        defer {
            for (keyword, value) in copies {
                free(keyword)
                free(value)
            }
        }
        let keywords = copies.map { UnsafePointer($0.0) } + [nil]
        let values = copies.map { UnsafePointer($0.1) } + [nil]
        return try keywords.withUnsafeBufferPointer { keywords in
            try values.withUnsafeBufferPointer { values in
                guard let keyword = keywords.baseAddress, let value = values.baseAddress else { preconditionFailure() }
                return try body(keyword, value)
            }
        }
    }
}
