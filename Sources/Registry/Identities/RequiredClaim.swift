public import PackagingStandards

/// A claim that must hold: its name, and its value, exact or as a pattern. Of several values one must match.
public struct RequiredClaim: Sendable, Hashable {
    public let name: String
    public let value: TextPattern

    /// Reads `name=value`; nil for anything else.
    public init?(_ text: String) {
        guard let equal = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let name = text[..<equal]
        let value = TextPattern(String(text[equal...].dropFirst()))
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(ASCII.isVisible), !value.description.isEmpty,
            text.utf8.allSatisfy({ !ASCII.isControl($0) }), text.utf8.count <= 320
        else { return nil }
        self.name = String(name)
        self.value = value
    }
}

extension RequiredClaim: CustomStringConvertible {
    public var description: String { "\(name)=\(value)" }
}
