/// The parts of an absolute `http` or `https` address as they are written (RFC 3986 §3); nothing in them is checked.
package struct WebAddressParts: Sendable {
    package let scheme: WebAddress.Scheme
    /// What stands before the last `@` of the authority; nil if there is none. Not decoded.
    package let userInfo: Substring?
    /// All between the two slashes and the path: user info, host and port.
    package let authority: Substring
    /// Empty, or begins with a slash.
    package let path: Substring
    /// Path and query, with the `?` between them.
    package let pathAndQuery: Substring
    /// Whether a `?` follows the path.
    package let hasQuery: Bool
    /// Whether a `#` follows all else.
    package let hasFragment: Bool

    /// Takes an address apart; nil for one of another scheme, or none.
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
