/// A project and the versions that are meant: a name (PEP 508) with specifiers (PEP 440), but without extras, markers
/// and URLs, such as `litellm>=1.82,<1.83`.
public struct ProjectRequirement: Sendable, Hashable, CustomStringConvertible {
    public let name: NormalizedName
    /// Empty if every version is meant.
    public let specifiers: SpecifierSet

    /// Reads a name with or without specifiers, which may be in parentheses; nil for anything else.
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

    /// Returns whether a version is meant; pre-releases are treated like any other version.
    public func contains(_ version: Version) -> Bool {
        specifiers.contains(version)
    }

    public var description: String {
        name.description + specifiers.description
    }
}
