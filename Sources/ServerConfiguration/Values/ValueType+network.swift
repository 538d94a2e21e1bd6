import PackagingStandards

extension ValueType where Value == String {
    /// What stands in the quotes of a challenge (RFC 7617 §2): a quoted-string of RFC 9110 §5.6.4 that needs no escapes,
    /// which not every client understands.
    static let realm = text(
        "text", expected: "1 to 64 printable ASCII characters other than \" and \\", write: { $0 }
    ) { text in
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
        return isPlain && (1...64).contains(text.utf8.count) ? text : nil
    }
}

extension ValueType where Value == String {
    /// What something is for, in a sentence that people read on a page.
    static let purpose = text("text", expected: "one line of at most 300 characters", write: { $0 }) { text in
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
            default: true
            }
        }
        return isPlain && text.count <= 300 ? text : nil
    }
}

extension ValueType where Value == ListenAddress {
    /// An address and a port to listen at.
    static let listenAddress = text(
        "address and port", expected: "an address and a port such as \"127.0.0.1:6543\" or \"[::1]:6543\"",
        write: { $0.description }
    ) { ListenAddress($0) }
}

extension ValueType where Value == AddressRange {
    /// An address, or a range of addresses.
    static let addressRange = text(
        "address or range", expected: "an address or a range such as \"10.0.0.1\" or \"10.0.0.0/8\"",
        write: { $0.description }
    ) { AddressRange($0) }
}

extension ValueType where Value == BaseURL {
    /// The address under which clients reach the server.
    static let baseURL = text(
        "URL", expected: "an address such as \"https://pypi.example.com\", without query or credentials",
        write: { $0.description }
    ) { BaseURL($0) }
}
