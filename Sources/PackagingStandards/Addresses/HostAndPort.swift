/// A host, and perhaps a port after it: `pypi.example.com:443`, `[::1]:6543`, `localhost`.
///
/// The users of this type have different rules for hosts, and check them.
package struct HostAndPort: Sendable {
    /// The host as written; an IPv6 address without its brackets.
    package let host: Substring
    /// Whether the host is an IPv6 address in brackets.
    package let isBracketed: Bool
    /// From 0 to 65535; nil if none is written, with or without a colon.
    package let port: Int?

    /// Reads a host and perhaps a port; nil if the host is empty, brackets are around anything but an IPv6 address, or
    /// the port is not a number up to 65535 of at most five digits.
    package init?(_ text: Substring) {
        let rest: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            isBracketed = true
            guard IPAddress(String(host))?.bytes.count == 16 else { return nil }
        } else {
            host = text.prefix { $0 != ":" }
            rest = text[host.endIndex...]
            isBracketed = false
            guard !host.isEmpty else { return nil }
        }
        let digits = rest.utf8.dropFirst()
        guard rest.isEmpty || rest.utf8.first == UInt8(ascii: ":"), digits.count <= 5,
            digits.allSatisfy(ASCII.isDigit)
        else { return nil }
        port = Int(Substring(digits))
        if let port, port > 65_535 { return nil }
    }

    /// Whether the host is an IP address, or a name by RFC 1123.
    package var hasStrictHost: Bool {
        isBracketed || IPAddress(String(host))?.bytes.count == 4 || HostName.isStrict(host)
    }
}
