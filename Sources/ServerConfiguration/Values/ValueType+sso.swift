import PackagingStandards
import Registry

extension ValueType where Value == String {
    /// The name of a claim.
    static let claimName = text("text", expected: "the name of a claim such as \"groups\"", write: { $0 }) { text in
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(ASCII.isVisible) ? text : nil
    }

    /// A scope (RFC 6749 §3.3).
    static let scope = text("text", expected: "a scope such as \"openid\"", write: { $0 }) { text in
        let isOfScopes = text.utf8.allSatisfy { ASCII.isVisible($0) && !"\"\\".utf8.contains($0) }
        return (1...128).contains(text.utf8.count) && isOfScopes ? text : nil
    }

    /// A short text for people.
    static let label = text("text", expected: "one line of 1 to 128 bytes", write: { $0 }) { text in
        let isOneLine = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        return (1...128).contains(text.utf8.count) && isOneLine ? text : nil
    }
}

extension ValueType where Value == RequiredClaim {
    /// A claim that must hold.
    static let requiredClaim = text(
        "claim", expected: "a claim and its value such as \"hd=example.com\"", write: { $0.description }
    ) { RequiredClaim($0) }
}
