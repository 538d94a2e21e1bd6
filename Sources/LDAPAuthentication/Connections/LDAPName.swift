import CLDAP

/// A distinguished name, as it is compared.
struct LDAPName {
    /// The name in one spelling and in lowercase: names are compared without case nearly everywhere.
    let folded: String
    /// The value of its first part, such as the name of a group.
    let first: String

    /// Reads a distinguished name (RFC 4514); nil for a text that is none.
    init?(_ text: String) {
        var parsed: LDAPDN?
        guard ldap.str2dn(text, &parsed, UInt32(LDAP_DN_FORMAT_LDAPV3)) == LDAP_SUCCESS, let parsed else { return nil }
        defer { ldap.dnfree(parsed) }
        guard let parts = parsed[0], let part = parts[0], let start = part.pointee.la_value.bv_val else { return nil }
        let bytes = UnsafeBufferPointer(start: start, count: Int(part.pointee.la_value.bv_len))
        guard let first = String(validating: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self) else { return nil }
        var written: UnsafeMutablePointer<CChar>?
        guard ldap.dn2str(parsed, &written, UInt32(LDAP_DN_FORMAT_LDAPV3)) == LDAP_SUCCESS, let written else {
            return nil
        }
        defer { ldap.memfree(written) }
        self.first = first
        folded = String(cString: written).lowercased()
    }
}

/// The parts of an address of a directory (RFC 4516) that a referral is followed by.
struct LDAPReference {
    let host: String
    let port: Int
    let isEncrypted: Bool
    /// Where to search; nil for where the search began.
    let base: String?

    /// Reads an address; nil for a text that is none, or of a kind that is not followed.
    init?(_ text: String) {
        var parsed: UnsafeMutablePointer<LDAPURLDesc>?
        guard ldap.url_parse(text, &parsed) == LDAP_URL_SUCCESS, let parsed else { return nil }
        defer { ldap.free_urldesc(parsed) }
        let address = parsed.pointee
        guard let scheme = address.lud_scheme, let host = address.lud_host else { return nil }
        switch String(cString: scheme) {
        case "ldap": isEncrypted = false
        case "ldaps": isEncrypted = true
        default: return nil
        }
        self.host = String(cString: host).lowercased()
        port = Int(address.lud_port)
        base = address.lud_dn.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
