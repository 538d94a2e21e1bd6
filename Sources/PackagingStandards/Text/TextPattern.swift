/// A text, or many that a pattern describes: what a claim of an identity must be.
public enum TextPattern: Hashable, Sendable, CustomStringConvertible {
    case exactly(String)
    /// A pattern in which each `*` stands for any text, also an empty one.
    case glob(String)

    /// Reads a pattern: a text with a `*` is a glob.
    public init(_ text: String) {
        self = text.utf8.contains(Self.star) ? .glob(text) : .exactly(text)
    }

    /// Returns whether a text is meant, byte by byte. `==` also equates texts that Unicode calls equivalent, such as `K`
    /// and the sign for kelvin, which are different identities.
    public func matches(_ text: String) -> Bool {
        switch self {
        case .exactly(let expected): expected.utf8.elementsEqual(text.utf8)
        case .glob(let pattern): Self.matches(ArraySlice(text.utf8), ArraySlice(pattern.utf8))
        }
    }

    /// Whether no text is refused.
    public var matchesEverything: Bool {
        if case .glob(let pattern) = self { pattern.utf8.allSatisfy { $0 == Self.star } } else { false }
    }

    /// The text or the pattern.
    public var description: String {
        switch self {
        case .exactly(let text), .glob(let text): text
        }
    }

    private static let star = UInt8(ascii: "*")

    /// Takes each part between stars as early as possible: at most one look at every place for each part.
    private static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        let parts = pattern.split(separator: star, omittingEmptySubsequences: false)
        guard let first = parts.first, let last = parts.last, text.starts(with: first) else { return false }
        guard parts.count > 1 else { return text.count == first.count }
        var rest = text.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let place = rest.indices.first(where: { rest[$0...].starts(with: part) }) else { return false }
            rest = rest[(place + part.count)...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}
