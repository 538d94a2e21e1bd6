import CLDAP
import Glibc
import Registry

/// The functions of libldap. Only a directory calls them, and there is none without the library.
var ldap: cldap_functions {
    guard let functions = LDAPLibrary.functions else { preconditionFailure(LDAPLibrary.missing) }
    return functions
}

/// The library that speaks with directories. Only a server that has a directory opens it.
enum LDAPLibrary {
    /// What OpenLDAP 2.6 and 2.5 call it.
    static let names = ["libldap.so.2", "libldap-2.5.so.0"]

    /// What to do if the library is not there.
    static let missing =
        "[ldap] needs OpenLDAP's library, and none can be opened here (\(names.joined(separator: ", "))). "
        + "On Debian 12, run: apt-get install libldap-2.5-0"

    /// Nil if no library can be opened.
    static let functions = open(names)

    /// Opens the library of the machine, unless another is given.
    ///
    /// - Throws: `RegistryError` `.invalidRequest` if there is none, which says what to install.
    static func check(_ found: cldap_functions? = functions) throws {
        guard found != nil else { throw RegistryError(.invalidRequest, missing) }
    }

    /// Returns the functions of the first of some libraries that can be opened; nil if none can.
    ///
    /// Keeps libldap from reading settings of the machine, of the user and of the working directory, and the process
    /// from ending if it writes to a connection that the server has closed.
    static func open(_ names: [String]) -> cldap_functions? {
        signal(SIGPIPE, SIG_IGN)
        setenv("LDAPNOINIT", "1", 1)
        return withUnsafeTemporaryAllocation(of: cldap_functions.self, capacity: 1) { space in
            guard let place = space.baseAddress, names.contains(where: { cldap_open($0, place) }) else { return nil }
            return place.pointee
        }
    }
}
