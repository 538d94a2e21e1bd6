import PackagingStandards

/// The address under which clients reach the server: scheme, host, port and perhaps a path, without a last slash.
package struct BaseURL: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    package let scheme: String
    /// The host, with the port if one was written.
    package let authority: String
    /// Empty, or a path that begins with a slash and ends without one.
    package let path: String

    /// Reads an http or https address; nil if it has credentials, a query, a fragment or an unusable host.
    package init?(_ text: String) {
        guard let parts = WebAddressParts(text), parts.namesServerAlone else { return nil }
        scheme = parts.scheme.rawValue
        authority = parts.authority.lowercased()
        var path = parts.path
        while path.hasSuffix("/") { path.removeLast() }
        guard path.utf8.allSatisfy({ ASCII.isAlphanumeric($0) || Self.others.contains($0) }) else { return nil }
        self.path = String(path)
    }

    private static let others = Set("/-._~".utf8)

    package var description: String {
        "\(scheme)://\(authority)\(path)"
    }
}

extension WebAddressParts {
    /// Whether there are a server and a path and nothing else: no user info, query or fragment, and a host that is an
    /// address or a name by RFC 1123.
    var namesServerAlone: Bool {
        guard let place = HostAndPort(authority), place.hasStrictHost else { return false }
        return !authority.hasSuffix(":") && !hasQuery && !hasFragment
    }
}
