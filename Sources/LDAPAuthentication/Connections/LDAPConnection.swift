import CLDAP
import Glibc

/// A connection to a server of a directory: the one type that holds pointers of libldap. Each call may block for as long
/// as the timeouts say.
///
/// Unchecked, because libldap's handle may move between threads while only one uses it: whoever has taken a connection
/// out of the pool is alone with it, and nothing else keeps it.
final class LDAPConnection: @unchecked Sendable {
    /// What TLS trusts if no file is configured.
    private static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

    let server: LDAPServer
    private let handle: OpaquePointer
    private let timeout: timeval

    /// Connects, and encrypts if the server's settings say so.
    init(to server: LDAPServer, _ settings: LDAPSettings) throws(LDAPFailure) {
        var opened: OpaquePointer?
        let code = ldap.initialize(&opened, server.description)
        guard code == LDAP_SUCCESS, let opened else {
            throw LDAPFailure(code: code, action: "connecting to \(server)", message: Self.text(of: code))
        }
        self.server = server
        handle = opened
        timeout = Self.timeval(settings.timeout)
        // All is set from here on: if this fails, the handle is given back by `deinit`.
        try configure(settings)
        if server.encryption == .startTLS {
            try check(ldap.start_tls_s(handle, nil, nil), "encrypting the connection to \(server)")
        }
    }

    deinit {
        _ = ldap.unbind_ext_s(handle, nil, nil)
    }

    private func configure(_ settings: LDAPSettings) throws(LDAPFailure) {
        var version = LDAP_VERSION3
        try set(LDAP_OPT_PROTOCOL_VERSION, &version)
        var connect = Self.timeval(settings.connectTimeout)
        try set(LDAP_OPT_NETWORK_TIMEOUT, &connect)
        var answer = timeout
        try set(LDAP_OPT_TIMEOUT, &answer)
        // A null pointer says no: whom the password is sent to is decided here (`LDAPSearch`).
        try set(LDAP_OPT_REFERRALS, nil)
        guard server.encryption != .none else { return }
        var demand = LDAP_OPT_X_TLS_DEMAND
        try set(LDAP_OPT_X_TLS_REQUIRE_CERT, &demand)
        let path = strdup(settings.authoritiesFile ?? Self.systemAuthorities)
        defer { free(path) }
        try set(LDAP_OPT_X_TLS_CACERTFILE, path)
        var isServer: Int32 = 0
        try set(LDAP_OPT_X_TLS_NEWCTX, &isServer)
        if server.encryption == .tls {
            try check(ldap.connect(handle), "connecting to \(server)")
        }
    }

    private func set(_ option: Int32, _ value: UnsafeMutableRawPointer?) throws(LDAPFailure) {
        guard ldap.set_option(handle, option, value) == LDAP_OPT_SUCCESS else {
            throw LDAPFailure(
                code: LDAP_LOCAL_ERROR, action: "preparing the connection to \(server)",
                message: option == LDAP_OPT_X_TLS_NEWCTX
                    ? "the file of authorities cannot be used" : "libldap refuses option \(option)")
        }
    }

    /// Proves who the client is with a name and a password.
    ///
    /// An empty password would be no proof, and still succeed (RFC 4513 §5.1.2): it is refused here, too.
    func bind(_ name: String, password: String) throws(LDAPFailure) {
        guard !password.isEmpty, !name.isEmpty else {
            throw LDAPFailure(code: LDAP_INVALID_CREDENTIALS, action: "binding", message: "an empty password")
        }
        var bytes = password.utf8.map { CChar(bitPattern: $0) }
        let code = bytes.withUnsafeMutableBufferPointer { buffer in
            var credentials = berval(bv_len: ber_len_t(buffer.count), bv_val: buffer.baseAddress)
            return ldap.sasl_bind_s(handle, name, nil, &credentials, nil, nil, nil)
        }
        try check(code, "binding at \(server)")
    }

    /// Returns what a search finds: entries, and where else there may be some.
    ///
    /// - Parameters:
    ///   - base: Where to begin; what is not there has no entries.
    ///   - isDeep: Whether everything below is searched, too.
    ///   - filter: The filter (RFC 4515).
    ///   - attributes: What of the entries is wanted.
    ///   - limit: The most entries; more are left out.
    /// - Returns: What was found.
    /// - Throws: `LDAPFailure` if the server does not say.
    func search(
        _ base: String, isDeep: Bool, filter: String, attributes: [String], limit: Int
    ) throws(LDAPFailure) -> LDAPFindings {
        var names: [UnsafeMutablePointer<CChar>?] = attributes.map { strdup($0) }
        names.append(nil)
        defer { for name in names { free(name) } }
        var time = timeout
        var message: OpaquePointer?
        let code = ldap.search_ext_s(
            handle, base, isDeep ? Int32(LDAP_SCOPE_SUBTREE) : Int32(LDAP_SCOPE_BASE), filter, &names, 0, nil, nil,
            &time, Int32(limit), &message)
        defer { if let message { _ = ldap.msgfree(message) } }
        switch code {
        case LDAP_SUCCESS, LDAP_SIZELIMIT_EXCEEDED: break
        case LDAP_NO_SUCH_OBJECT: return LDAPFindings()
        case LDAP_REFERRAL: return LDAPFindings(references: referrals(in: message))
        default: try check(code, "searching at \(server)")
        }
        var findings = LDAPFindings()
        var next = ldap.first_message(handle, message)
        while let found = next {
            switch ldap.msgtype(found) {
            case Int32(bitPattern: UInt32(LDAP_RES_SEARCH_ENTRY)):
                if let entry = entry(found) { findings.entries.append(entry) }
            case Int32(bitPattern: UInt32(LDAP_RES_SEARCH_REFERENCE)): findings.references += references(in: found)
            default: break
            }
            next = ldap.next_message(handle, found)
        }
        return findings
    }

    private func entry(_ message: OpaquePointer) -> LDAPEntry? {
        guard let name = ldap.get_dn(handle, message) else { return nil }
        defer { ldap.memfree(name) }
        var entry = LDAPEntry(name: String(cString: name))
        var cursor: OpaquePointer?
        var attribute = ldap.first_attribute(handle, message, &cursor)
        while let found = attribute {
            if let values = ldap.get_values_len(handle, message, found) {
                let count = Int(ldap.count_values_len(values))
                entry.values[String(cString: found).lowercased()] = (0..<count).compactMap { place in
                    values[place].map { Self.bytes(of: $0.pointee) }
                }
                ldap.value_free_len(values)
            }
            ldap.memfree(found)
            attribute = ldap.next_attribute(handle, message, cursor)
        }
        if let cursor { ldap.ber_free(cursor, 0) }
        return entry
    }

    private func references(in message: OpaquePointer) -> [String] {
        var texts: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        guard ldap.parse_reference(handle, message, &texts, nil, 0) == LDAP_SUCCESS else { return [] }
        return Self.take(texts)
    }

    private func referrals(in message: OpaquePointer?) -> [String] {
        guard let message else { return [] }
        var code: Int32 = 0
        var texts: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        guard ldap.parse_result(handle, message, &code, nil, nil, &texts, nil, 0) == LDAP_SUCCESS else { return [] }
        return Self.take(texts)
    }

    private static func take(_ texts: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [String] {
        guard let texts else { return [] }
        defer {
            ldap.ber_memvfree(UnsafeMutableRawPointer(texts).assumingMemoryBound(to: UnsafeMutableRawPointer?.self))
        }
        var result: [String] = []
        while let text = texts[result.count] { result.append(String(cString: text)) }
        return result
    }

    private func check(_ code: Int32, _ action: String) throws(LDAPFailure) {
        guard code != LDAP_SUCCESS else { return }
        var text = Self.text(of: code)
        var diagnostic: UnsafeMutablePointer<CChar>?
        if ldap.get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic) == LDAP_OPT_SUCCESS, let diagnostic {
            let said = String(cString: diagnostic)
            if !said.isEmpty { text += " (\(said.prefix(200)))" }
            ldap.memfree(diagnostic)
        }
        throw LDAPFailure(code: code, action: action, message: text)
    }

    private static func text(of code: Int32) -> String {
        ldap.err2string(code).map { String(cString: $0) } ?? "error \(code)"
    }

    private static func bytes(of value: berval) -> [UInt8] {
        guard let start = value.bv_val else { return [] }
        return UnsafeBufferPointer(start: start, count: Int(value.bv_len)).map { UInt8(bitPattern: $0) }
    }

    private static func timeval(_ duration: Duration) -> timeval {
        Glibc.timeval(
            tv_sec: Int(duration.components.seconds),
            tv_usec: Int(duration.components.attoseconds / 1_000_000_000_000))
    }
}

/// What a search found.
struct LDAPFindings: Sendable {
    var entries: [LDAPEntry] = []
    /// Addresses (RFC 4516) where there may be more.
    var references: [String] = []
}

/// An entry of a directory, as far as it was asked for.
struct LDAPEntry: Sendable {
    /// The distinguished name.
    let name: String
    /// The values of attributes by their names in lowercase.
    var values: [String: [[UInt8]]] = [:]

    /// Returns the values of an attribute that are text.
    func texts(of attribute: String) -> [String] {
        (values[attribute.lowercased()] ?? []).compactMap { String(validating: $0, as: UTF8.self) }
    }
}
