import PackagingStandards

/// What clients may send behind a user name, so that log and audit can tell uses of one account apart: `ada+ci`.
public enum UserTag {
    /// Splits a name at its last `+`. Returns nil if there is none, or what follows is no tag: ASCII letters, digits and
    /// `. _ @ -`, 64 characters at most.
    public static func split(_ text: String) -> (name: String, tag: String)? {
        guard let plus = text.lastIndex(of: "+") else { return nil }
        let tag = text[text.index(after: plus)...]
        guard (1...64).contains(tag.utf8.count), tag.utf8.allSatisfy(isTagByte) else { return nil }
        return (String(text[..<plus]), String(tag))
    }

    private static func isTagByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || [0x2E, 0x5F, 0x40, 0x2D].contains(byte)
    }
}
