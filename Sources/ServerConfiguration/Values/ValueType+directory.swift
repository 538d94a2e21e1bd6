extension ValueType where Value == DirectoryAddress {
    /// The address of a directory.
    static let directoryAddress = text(
        "URL", expected: "an address such as \"ldaps://ldap.example.com\" or \"ldap://10.0.0.1:389\"",
        write: { $0.description }
    ) { DirectoryAddress($0) }
}

extension ValueType where Value == String {
    /// The name of an attribute of a directory (RFC 4512 §2.5, without options).
    static let attribute = text(
        "attribute", expected: "the name of an attribute such as \"uid\"", write: { $0 }
    ) { text in
        let isName = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        return (1...128).contains(text.utf8.count) && isName ? text : nil
    }

    /// A text that is not empty.
    static let anyText = text("text", expected: "text that is not empty", write: { $0 }) { $0.isEmpty ? nil : $0 }

    /// A distinguished name.
    static let distinguishedName = text(
        "distinguished name", expected: "a distinguished name such as \"ou=people,dc=example,dc=org\"", write: { $0 }
    ) { isDistinguishedName($0) ? $0 : nil }

    /// A distinguished name in which `{username}` stands for the name of a person.
    static let nameFormat = text(
        "distinguished name", expected: "a distinguished name such as \"uid={username},ou=people,dc=example,dc=org\"",
        write: { $0 }
    ) { isDistinguishedName($0) && $0.contains("{username}") ? $0 : nil }

    /// A filter in which `{username}` stands for the name of a person.
    static let personFilter = text(
        "filter", expected: "a filter in brackets such as \"(uid={username})\"", write: { $0 }
    ) { isFilter($0) && $0.contains("{username}") ? $0 : nil }

    /// A filter in which `{dn}` or `{username}` stands for a person.
    static let groupFilter = text(
        "filter", expected: "a filter in brackets such as \"(member={dn})\"", write: { $0 }
    ) { isFilter($0) && ($0.contains("{dn}") || $0.contains("{username}")) ? $0 : nil }

    private static func isDistinguishedName(_ text: String) -> Bool {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { return false }
        return text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// Whether a text begins and ends like a filter (RFC 4515), with as many brackets closed as opened.
    private static func isFilter(_ text: String) -> Bool {
        var depth = 0
        for byte in text.utf8.dropLast() {
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            guard depth > 0 else { return false }
        }
        return depth == 1 && text.utf8.last == UInt8(ascii: ")")
    }
}
