import PackagingStandards

/// An address and a port that the server listens at.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host name, or an IPv4 or IPv6 address without brackets.
    package let host: String
    /// The port; 0 lets the system choose a free one.
    package let port: Int

    /// Reads `127.0.0.1:6543`, `[::1]:6543` or `localhost:6543`; nil for anything else.
    package init?(_ text: String) {
        guard let place = HostAndPort(text[...]), place.hasStrictHost, let port = place.port else { return nil }
        self.init(host: String(place.host), port: port)
    }

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Returns the text of an address with a port in the place of `$PORT`; nil if its port is not `$PORT`.
    static func filled(_ text: String, port: String) -> String? {
        let placeholder = "$PORT"
        guard text.hasSuffix(":" + placeholder) else { return nil }
        return text.dropLast(placeholder.count) + port
    }

    /// Whether only this machine can reach the address.
    package var isLoopback: Bool {
        host == "localhost" || IPAddress(host)?.isLoopback == true
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
