import GRDB
import Registry

/// Translates errors of SQLite into `RegistryError`s, whose texts say what to do.
enum SQLiteErrors {
    static func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw translated(error)
        }
    }

    static func translating<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as DatabaseError {
            throw translated(error)
        }
    }

    static func translated(_ error: DatabaseError) -> RegistryError {
        if isOutOfRoom(error) {
            return RegistryError(
                .insufficientStorage, "There is no room left for the database; free some.", cause: error)
        }
        let (code, message) = meaning(of: error.resultCode)
        return RegistryError(code, message, cause: error)
    }

    /// Returns whether another process's lock is the reason of an error.
    static func isBusy(_ error: RegistryError) -> Bool {
        (error.cause as? DatabaseError)?.resultCode == .SQLITE_BUSY
    }

    // SQLite grows the WAL's shared index before it writes; without room that fails as an error of its own.
    private static func isOutOfRoom(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_FULL || error.extendedResultCode == .SQLITE_IOERR_SHMSIZE
    }

    private static func meaning(of code: ResultCode) -> (RegistryError.Code, String) {
        switch code {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            (.unavailable, "The database is busy; try again in a few seconds.")
        case .SQLITE_INTERRUPT, .SQLITE_ABORT, .SQLITE_MISUSE:
            (.unavailable, "The database is being closed; try again in a few seconds.")
        case .SQLITE_READONLY, .SQLITE_PERM:
            (.unavailable, "The database's file or folder cannot be written; let the server's user write both.")
        case .SQLITE_CANTOPEN:
            (
                .unavailable,
                "The database's file cannot be opened; check that its folder exists and that the server's user may write it."
            )
        case .SQLITE_CORRUPT:
            (
                .internal,
                "The database's file is damaged; restore it from a backup, or move it away and run `cellar rebuild`."
            )
        case .SQLITE_NOTADB:
            (.internal, "The database's file is not a SQLite database; check the configured path, or restore a backup.")
        case .SQLITE_IOERR:
            (.unavailable, "The disk under the database reports errors; check it before anything else.")
        default:
            (.internal, "The database refused a statement.")
        }
    }
}
