/// The rules for the names of hosts.
package enum HostName {
    /// Returns a name in lowercase and without a dot at its end, or nil if it has characters that names do not have.
    ///
    /// Underscores are accepted: many names inside networks have them.
    package static func canonical(_ text: Substring) -> String? {
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let bytes = name.utf8
        guard !bytes.isEmpty, bytes.count <= 253, !name.hasPrefix("."), !name.hasSuffix("."), !name.contains("..")
        else { return nil }
        return bytes.allSatisfy { ASCII.isAlphanumeric($0) || ASCII.isSeparator($0) } ? name : nil
    }

    /// Returns whether a text can be a host name by RFC 1123 §2.1. Digits and dots alone are a misspelled address.
    package static func isStrict(_ text: Substring) -> Bool {
        let bytes = text.utf8
        guard (1...253).contains(bytes.count), bytes.contains(where: ASCII.isLetter) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            let bytes = label.utf8
            guard (1...63).contains(bytes.count), bytes.first != ASCII.hyphen, bytes.last != ASCII.hyphen else {
                return false
            }
            return bytes.allSatisfy { ASCII.isAlphanumeric($0) || $0 == ASCII.hyphen }
        }
    }

    /// Returns whether a name is known only inside a network: `localhost` and the like, and names of one label.
    package static func isLocal(_ name: String) -> Bool {
        name == "localhost.localdomain" || name.hasSuffix(".localhost") || !name.contains(".") && !name.contains(":")
    }
}
