import CLDAP

/// Why the directory did not do what was asked.
struct LDAPFailure: Error, Sendable {
    /// The result code (RFC 4511 appendix A), or one of libldap's own, which are negative.
    let code: Int32
    /// What was attempted.
    let action: String
    /// The code's meaning, and what the server or the TLS library said.
    let message: String

    /// Beyond all result codes: an entry lacks what identifies a person.
    static let unusableEntry: Int32 = 0x10000
    /// Beyond all result codes: the service user of the configuration cannot sign in.
    static let serviceRefused: Int32 = 0x10001

    /// Whether nobody can be recognised now, since the server is not reached, does not answer in time, has too much to
    /// do, or refuses the service user.
    var isOutage: Bool {
        code < 0 || [LDAP_BUSY, LDAP_UNAVAILABLE, Self.serviceRefused].contains(code)
    }
}

extension LDAPFailure: CustomStringConvertible {
    var description: String { "\(action): \(message)" }
}
