public import PackagingStandards

/// A name, or the beginning of names, for which no upstream is asked: `internal.tools`, `acme-*`.
///
/// Names are compared normalized: `Acme_*` is `acme-*`.
public enum NamePattern: Sendable, Hashable, CustomStringConvertible {
    case name(NormalizedName)
    /// Every name that begins with this text, of which a final `-` is part.
    case prefix(String)

    /// Reads a pattern; returns nil if the text is neither a name nor the beginning of one and a star.
    public init?(_ text: String) {
        guard text.hasSuffix("*") else {
            guard let name = NormalizedName(text) else { return nil }
            self = .name(name)
            return
        }
        // A prefix may end in a separator, but a name may not: one more letter makes a name of it.
        guard text.utf8.count > 1, let name = NormalizedName(text.dropLast() + "x") else { return nil }
        self = .prefix(String(name.description.dropLast()))
    }

    /// Returns whether the pattern matches a name.
    public func matches(_ name: NormalizedName) -> Bool {
        switch self {
        case .name(let meant): meant == name
        case .prefix(let prefix): name.description.utf8.starts(with: prefix.utf8)
        }
    }

    public var description: String {
        switch self {
        case .name(let name): name.description
        case .prefix(let prefix): prefix + "*"
        }
    }
}
