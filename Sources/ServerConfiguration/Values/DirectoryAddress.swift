import PackagingStandards

/// The address of a server of a directory.
package struct DirectoryAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host name or an address, without brackets.
    package let host: String
    package let port: Int
    /// Whether TLS comes first (`ldaps`).
    package let isEncrypted: Bool

    /// Reads `ldaps://ldap.example.com` or `ldap://10.0.0.1:389`; nil for anything else.
    package init?(_ text: String) {
        let rest: Substring
        if text.hasPrefix("ldaps://") {
            (isEncrypted, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("ldap://") {
            (isEncrypted, rest) = (false, text.dropFirst(7))
        } else {
            return nil
        }
        let authority = rest.last == "/" ? rest.dropLast() : rest
        guard let place = HostAndPort(authority), place.hasStrictHost else { return nil }
        host = place.host.lowercased()
        port = place.port ?? (isEncrypted ? 636 : 389)
    }

    /// Whether only this machine has the address.
    package var isLoopback: Bool {
        host == "localhost" || IPAddress(host)?.isLoopback == true
    }

    package var description: String {
        "\(isEncrypted ? "ldaps" : "ldap")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}

/// Where the groups of people are found in a directory.
enum DirectoryGroupSource: String, CaseIterable, Sendable {
    case attribute
    case search
    case none
}

/// What is done about referrals of a directory.
enum DirectoryReferrals: String, CaseIterable, Sendable {
    case ignore
    case follow
}
