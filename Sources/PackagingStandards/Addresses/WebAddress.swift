/// An absolute `http` or `https` address, parsed by one strict reader.
///
/// The host is made of letters, digits, `.`, `-` and `_` only, or is an IPv6 address in brackets, so that no two
/// readers can see different hosts in `description`: the checked host is the one that is connected to. User info and
/// fragments are dropped.
package struct WebAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Sendable {
        case http
        case https

        package var defaultPort: Int { self == .http ? 80 : 443 }
    }

    /// Scheme, host and port: the server that is asked (RFC 6454).
    package struct Origin: Hashable, Sendable, CustomStringConvertible {
        package let scheme: Scheme
        /// In lowercase, without a dot at its end; an IPv6 address without its brackets.
        package let host: String
        package let port: Int

        package var description: String {
            let name = host.contains(":") ? "[\(host)]" : host
            return "\(scheme.rawValue)://\(name)" + (port == scheme.defaultPort ? "" : ":\(port)")
        }
    }

    package let origin: Origin
    /// Path and query, percent-encoded; begins with `/`.
    package let target: String

    package var host: String { origin.host }

    /// The address in full.
    package var description: String { origin.description + target }

    /// The address for logs and messages, without its query, which may be a signature.
    package var redacted: String {
        origin.description + target.prefix { $0 != "?" }
    }
}

extension WebAddress {
    /// Reads an absolute address; nil if it is not one, or if readers could read it differently.
    package init?(_ text: String) {
        guard let parts = WebAddressParts(text) else { return nil }
        self.init(parts)
    }

    /// Makes an address from its parts; nil if readers could read them differently.
    package init?(_ parts: WebAddressParts) {
        guard let origin = Origin(scheme: parts.scheme, authority: parts.authority) else { return nil }
        self.init(origin: origin, pathAndQuery: parts.pathAndQuery)
    }

    /// Returns the address that a reference on the page at this address means (RFC 3986 §5.2), or nil if it means none.
    package func resolving(_ reference: String) -> WebAddress? {
        if reference.contains("://"), let colon = reference.firstIndex(of: ":"),
            !reference[..<colon].contains(where: { "/?#".contains($0) })
        {
            return WebAddress(reference)
        }
        if reference.hasPrefix("//") { return WebAddress("\(origin.scheme.rawValue):\(reference)") }
        // `mailto:x` and the like: a colon before any slash ends a scheme.
        let first = reference.prefix { !"/?#".contains($0) }
        guard !first.contains(":") else { return nil }
        let bare = reference.prefix { $0 != "#" }
        if bare.hasPrefix("/") { return WebAddress(origin: origin, pathAndQuery: bare) }
        if bare.isEmpty { return self }
        let path = target.prefix { $0 != "?" }
        if bare.hasPrefix("?") { return WebAddress(origin: origin, pathAndQuery: path + bare) }
        let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return WebAddress(origin: origin, pathAndQuery: folder + bare)
    }

    private init?(origin: Origin, pathAndQuery: Substring) {
        var encoded: [UInt8] = []
        Array(pathAndQuery.utf8).withUnsafeBytes { bytes in
            AddressPath.append(bytes, keeping: .visible, to: &encoded, floor: 0)
        }
        guard encoded.count <= 8192 else { return nil }
        self.init(origin: origin, target: String(decoding: encoded, as: UTF8.self))
    }
}

extension WebAddress.Origin {
    /// Reads `[user[:password]@]host[:port]`; nil if it is malformed.
    fileprivate init?(scheme: WebAddress.Scheme, authority: Substring) {
        // Browsers end the authority at a backslash, other readers do not.
        guard authority.utf8.allSatisfy({ ASCII.isVisible($0) && $0 != UInt8(ascii: "\\") }) else { return nil }
        let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, let place = parts.last.flatMap(HostAndPort.init),
            let host = place.isBracketed ? place.host.lowercased() : HostName.canonical(place.host),
            place.port != 0
        else { return nil }
        self.init(scheme: scheme, host: host, port: place.port ?? scheme.defaultPort)
    }
}

/// The parts of an absolute `http` or `https` address as written (RFC 3986 §3), unchecked.
package struct WebAddressParts: Sendable {
    package let scheme: WebAddress.Scheme
    /// What precedes the last `@` of the authority, not decoded; nil if there is no `@`.
    package let userInfo: Substring?
    /// What is between the two slashes and the path: user info, host and port.
    package let authority: Substring
    /// Empty, or begins with a slash.
    package let path: Substring
    /// Path and query, with the `?` between them.
    package let pathAndQuery: Substring
    /// Whether a `?` follows the path.
    package let hasQuery: Bool
    /// Whether a `#` follows.
    package let hasFragment: Bool

    /// Splits an address; nil if it has no scheme, or another one.
    package init?(_ text: String) {
        guard let separator = text.firstRange(of: "://"),
            let scheme = WebAddress.Scheme(rawValue: text[..<separator.lowerBound].lowercased())
        else { return nil }
        self.scheme = scheme
        let rest = text[separator.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        self.authority = authority
        pathAndQuery = rest[authority.endIndex...].prefix { $0 != "#" }
        path = pathAndQuery.prefix { $0 != "?" }
        hasQuery = path.endIndex != pathAndQuery.endIndex
        hasFragment = pathAndQuery.endIndex != rest.endIndex
        userInfo = authority.lastIndex(of: "@").map { authority[..<$0] }
    }
}
