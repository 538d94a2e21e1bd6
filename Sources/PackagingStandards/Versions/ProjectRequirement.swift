/// A project and the versions of it that are meant: PEP 508's names with PEP 440's specifiers, without extras, markers
/// and URLs, such as `litellm>=1.82,<1.83`.
public struct ProjectRequirement: Sendable, Hashable, CustomStringConvertible {
    public let name: NormalizedName
    /// The empty set where every version is meant.
    public let specifiers: SpecifierSet

    /// Reads a name with or without specifiers, parenthesised ones too; nil if it is anything else.
    public init?(_ text: String) {
        let bytes = Whitespace.trimmed(ArraySlice(text.utf8))
        let nameEnd = bytes.firstIndex { !ASCII.isAlphanumeric($0) && !ASCII.isSeparator($0) } ?? bytes.endIndex
        guard let name = NormalizedName(String(decoding: Array(bytes[..<nameEnd]), as: UTF8.self)) else { return nil }
        var rest = Whitespace.trimmed(bytes[nameEnd...])
        if rest.first == UInt8(ascii: "("), rest.last == UInt8(ascii: ")") { rest = rest.dropFirst().dropLast() }
        guard let specifiers = SpecifierSet(String(decoding: Array(rest), as: UTF8.self)) else { return nil }
        self.name = name
        self.specifiers = specifiers
    }

    /// Whether a version is meant; pre-releases are as good as any other.
    public func contains(_ version: Version) -> Bool {
        specifiers.contains(version)
    }

    public var description: String {
        name.description + specifiers.description
    }
}
