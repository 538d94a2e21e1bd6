/// An address and a port that the server listens at.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host name, or an IPv4 or IPv6 address without brackets.
    package let host: String
    /// The port; 0 lets the system choose a free one.
    package let port: Int

    /// Reads `127.0.0.1:6543`, `[::1]:6543` or `localhost:6543`; nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.allSatisfy({ ("0"..."9").contains($0) }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        let name = text[..<colon]
        if name.hasPrefix("["), name.hasSuffix("]") {
            host = String(name.dropFirst().dropLast())
            guard NetworkAddress(host)?.bytes.count == 16 else { return nil }
        } else {
            host = String(name)
            guard NetworkAddress(host)?.bytes.count == 4 || isHostName(host) else { return nil }
        }
        self.port = port
    }

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Whether only this machine can reach the address.
    package var isLoopback: Bool {
        if host == "localhost" { return true }
        guard let bytes = NetworkAddress(host)?.bytes else { return false }
        return bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Whether a text can be a host name (RFC 1123 §2.1); one of digits and dots alone is a misspelt address.
func isHostName(_ text: String) -> Bool {
    guard (1...253).contains(text.utf8.count), text.contains(where: { $0.isLetter }) else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
        let bytes = label.utf8
        guard (1...63).contains(bytes.count), bytes.first != 0x2D, bytes.last != 0x2D else { return false }
        return bytes.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                || byte == 0x2D
        }
    }
}
