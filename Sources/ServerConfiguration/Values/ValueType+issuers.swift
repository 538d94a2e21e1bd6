import PackagingStandards

extension ValueType where Value == String {
    /// The address of an issuer, as it is written: https, or http of this machine.
    static let issuerURL = text(
        "URL", expected: "the https address of an issuer such as \"https://gitlab.example.com\"", write: { $0 }
    ) { text in
        guard let parts = WebAddressParts(text), parts.namesServerAlone, let address = WebAddress(parts) else {
            return nil
        }
        guard parts.path.utf8.allSatisfy({ ASCII.isVisible($0) && $0 != UInt8(ascii: "%") }) else { return nil }
        guard address.origin.scheme == .https || isThisMachine(address.host) else { return nil }
        return text
    }

    /// For whom tokens are meant.
    static let audience = text(
        "text", expected: "a text of 1 to 255 visible ASCII characters such as \"pypi.example.com\"", write: { $0 }
    ) { text in
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy(ASCII.isVisible) ? text : nil
    }

    private static func isThisMachine(_ host: String) -> Bool {
        host == "localhost" || (IPAddress(host)?.isLoopback ?? false)
    }
}
