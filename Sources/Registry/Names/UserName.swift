import PackagingStandards

/// The grammar of the names of people and groups.
public enum UserName {
    /// Returns whether a text can be the name of a person or a group: ASCII letters, digits and `. _ @ + -`, beginning
    /// with a letter or digit, 64 characters at most.
    ///
    /// A colon would end the name in a Basic header (RFC 7617 §2), and `__token__` is reserved for tokens.
    public static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...64).contains(bytes.count), let first = bytes.first, ASCII.isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { ASCII.isAlphanumeric($0) || [0x2E, 0x5F, 0x40, 0x2B, 0x2D].contains($0) }
    }
}
