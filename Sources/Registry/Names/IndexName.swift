import PackagingStandards

/// The name of an index, in addresses and in `[index.<name>]`.
///
/// Lowercase ASCII letters, digits and `-`, beginning with a letter or digit, 64 characters at most, and none of the
/// names that addresses of the server begin with.
public struct IndexName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The index of addresses that name none.
    public static let main = IndexName(unchecked: "main")

    /// Names that no index may have, because addresses of the server begin with them.
    public static let reserved: Set<String> = [
        "simple", "legacy", "pypi", "files", "integrity", "json", "api", "health", "metrics", "projects", "admin",
        "account", "auth", "login", "static", "rss", "namespace", "namespaces", "_", "-", ".well-known",
    ]

    public let description: String

    /// Reads an index name; returns nil if the text is not one.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard (1...64).contains(bytes.count), !Self.reserved.contains(text) else { return nil }
        guard bytes.allSatisfy({ ASCII.isLowercase($0) || ASCII.isDigit($0) || $0 == 0x2D }) else {
            return nil
        }
        guard bytes.first != 0x2D else { return nil }
        self.description = text
    }

    private init(unchecked text: String) {
        self.description = text
    }

    public static func < (left: IndexName, right: IndexName) -> Bool {
        left.description < right.description
    }
}
