import CPostgreSQL
import Glibc
import Registry

/// The functions of libpq. Only a PostgreSQL connection calls them, and there is none without the library.
var libpq: cpostgresql_functions {
    guard let functions = PostgreSQLLibrary.functions else { preconditionFailure(PostgreSQLLibrary.missing) }
    return functions
}

/// The library that speaks with PostgreSQL, of version 14 or later. Only a server whose database is there opens it.
enum PostgreSQLLibrary {
    static let name = "libpq.so.5"

    /// What to do if the library is not there.
    static let missing =
        "A database of PostgreSQL needs its library, libpq of version 14 or later, and \(name) cannot be opened here. "
        + "On Debian, run: apt-get install libpq5"

    /// Nil if the library cannot be opened.
    static let functions = open(name)

    /// - Throws: `RegistryError` `.invalidRequest` if there is no library, which says what to install.
    static func check(_ found: cpostgresql_functions? = functions) throws {
        guard found != nil else { throw RegistryError(.invalidRequest, missing) }
    }

    /// Returns the functions of a library; nil if it cannot be opened, or lacks one of them.
    ///
    /// Keeps the process from ending if it writes to a connection that the server has closed.
    static func open(_ name: String) -> cpostgresql_functions? {
        signal(SIGPIPE, SIG_IGN)
        return withUnsafeTemporaryAllocation(of: cpostgresql_functions.self, capacity: 1) { space in
            guard let place = space.baseAddress, cpostgresql_open(name, place) else { return nil }
            return place.pointee
        }
    }
}
