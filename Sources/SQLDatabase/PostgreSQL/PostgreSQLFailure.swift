import Registry

/// A failure as PostgreSQL or libpq states it, for the log. Never holds a password.
struct PostgreSQLFailure: Error, Sendable, CustomStringConvertible {
    /// The server's code (PostgreSQL's manual, appendix A); nil if it said none.
    var sqlState: String?
    var text: String
    /// Whether the connection cannot be used any more.
    var isLost: Bool
    /// Whether the server itself said that it ends, before it had come to the last statement that was sent.
    var isBeforeLast = false
    /// Whether a COMMIT was sent, and nobody knows whether it was carried out.
    var isCommitUnknown = false

    var description: String { sqlState.map { "\(text) (SQLSTATE \($0))" } ?? text }

    /// Whether a session does not have a statement that it was told to prepare, or has it already: it is another one.
    var isOfPooler: Bool { sqlState == "26000" || sqlState == "42P05" }

    /// Whether the same transaction may succeed if it is run again: a serialization failure, or a deadlock.
    var isConflict: Bool { sqlState == "40001" || sqlState == "40P01" }
}

/// Translates failures of PostgreSQL into `RegistryError`s, whose texts say what to do.
enum PostgreSQLErrors {
    static func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let failure as PostgreSQLFailure {
            throw translated(failure)
        }
    }

    static func translated(_ failure: PostgreSQLFailure) -> RegistryError {
        if failure.isCommitUnknown {
            return RegistryError(
                .unavailable,
                "The connection to the database broke while the change was committed: it may have been made or not. "
                    + "Look, or try again.", cause: failure)
        }
        let (code, message) = meaning(of: failure)
        return RegistryError(code, message, cause: failure)
    }

    private static let unreachable = "The database cannot be reached; try again in a few seconds."
    private static let busy = "The database is busy; try again in a few seconds."

    private static func meaning(of failure: PostgreSQLFailure) -> (RegistryError.Code, String) {
        guard let state = failure.sqlState else { return (.unavailable, unreachable) }
        switch state {
        case "53100": return (.insufficientStorage, "There is no room left for the database; free some.")
        case "53300": return (.unavailable, "The database allows no more connections; try again in a few seconds.")
        case "40001", "40P01", "55P03", "57014", "53200", "53400": return (.unavailable, busy)
        case "25006": return (.unavailable, "The database takes no changes now: it is a standby, or read-only.")
        case "28000", "28P01": return (.internal, "The database refuses the login that is configured.")
        case "3D000": return (.internal, "The database that is configured does not exist; create it.")
        case "42501": return (.internal, "The database's user lacks a right; let it own the database.")
        case "XX001", "XX002": return (.internal, "The database is damaged; restore it from a backup.")
        case "58030":
            return (.unavailable, "The disk under the database reports errors; check it before anything else.")
        default:
            return failure.isLost || state.hasPrefix("08") || state.hasPrefix("57P")
                ? (.unavailable, unreachable) : (.internal, "The database refused a statement.")
        }
    }
}
