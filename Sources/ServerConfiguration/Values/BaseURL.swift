/// The address under which clients reach the server: scheme, host, port and perhaps a path, without a last slash.
package struct BaseURL: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    package let scheme: String
    /// The host, with the port where one was written.
    package let authority: String
    /// Empty, or a path that begins with a slash and ends without one.
    package let path: String

    /// Reads an http or https address; nil where it has credentials, a query, a fragment or an unusable host.
    package init?(_ text: String) {
        guard let separator = text.firstRange(of: "://") else { return nil }
        scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = text[separator.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        authority = rest[..<slash].lowercased()
        guard ListenAddress(authority) != nil || ListenAddress(authority + ":0") != nil else { return nil }
        var path = rest[slash...]
        while path.hasSuffix("/") { path.removeLast() }
        let isPlain = path.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                || [0x2F, 0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
        }
        guard isPlain else { return nil }
        self.path = String(path)
    }

    package var description: String {
        "\(scheme)://\(authority)\(path)"
    }
}
