/// A requirement of a distribution, as `Requires-Dist` has it (PEP 508).
///
/// Reading is lenient: what follows the name is kept as written and may break the rules. Only `extra == "…"` is
/// understood of a marker.
public struct DependencyRequirement: Sendable, Hashable {
    /// As written.
    public let text: String
    public let name: NormalizedName
    /// The extras of the required project that are asked for, as written.
    public let requestedExtras: [String]
    /// The specifiers or the address as written, without parentheses; empty for any version.
    public let specifiers: String
    /// The environment marker without its semicolon, and without a condition on an extra that stands alone or first or
    /// last in it; nil for none.
    public let marker: String?
    /// The normalized names of the distribution's own extras that need it; empty if it is always needed.
    public let extras: [String]

    /// Reads a requirement; nil if it does not begin with the name of a project.
    public init?(_ text: String) {
        let bytes = Whitespace.trimmed(ArraySlice(text.utf8))
        let nameEnd = bytes.firstIndex { !ASCII.isAlphanumeric($0) && !ASCII.isSeparator($0) } ?? bytes.endIndex
        guard let name = NormalizedName(bytes: bytes[..<nameEnd]) else { return nil }
        self.text = text
        self.name = name
        var rest = Whitespace.trimmed(bytes[nameEnd...])
        var requested: [String] = []
        if rest.first == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
            requested = rest[(rest.startIndex + 1)..<end].split(separator: UInt8(ascii: ","))
                .map { Self.text(Whitespace.trimmed($0)) }.filter { !$0.isEmpty }
            rest = Whitespace.trimmed(rest[(end + 1)...])
        }
        requestedExtras = requested
        // An address may have semicolons in it: its marker follows a space (PEP 508).
        let isAddress = rest.first == UInt8(ascii: "@")
        let semicolon = rest.indices.first { place in
            rest[place] == UInt8(ascii: ";")
                && (!isAddress || (place > rest.startIndex && Self.isBlank(rest[place - 1])))
        }
        var specifiers = Whitespace.trimmed(rest[..<(semicolon ?? rest.endIndex)])
        if specifiers.first == UInt8(ascii: "("), specifiers.last == UInt8(ascii: ")") {
            specifiers = specifiers.dropFirst().dropLast()
        }
        self.specifiers = Self.text(Whitespace.trimmed(specifiers))
        let marker = semicolon.map { Self.text(Whitespace.trimmed(rest[($0 + 1)...])) } ?? ""
        (extras, self.marker) = Self.split(marker)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

    /// Takes the extras out of a marker.
    private static func split(_ marker: String) -> (extras: [String], rest: String?) {
        guard !marker.isEmpty else { return ([], nil) }
        var extras: [String] = []
        var conditions = marker
        while let condition = extraCondition(in: conditions) {
            if let name = NormalizedName(String(conditions[condition.name])) { extras.append(name.description) }
            var range = condition.whole
            // The word that joins it to the rest goes with it.
            let before = conditions[..<range.lowerBound]
            let after = conditions[range.upperBound...]
            if let join = Self.joinBefore(before) {
                range = join..<range.upperBound
            } else if let join = Self.joinAfter(after) {
                range = range.lowerBound..<join
            }
            conditions.removeSubrange(range)
            guard extras.count < 64 else { break }
        }
        // What stood alone in parentheses leaves them behind.
        for _ in extras {
            conditions = conditions.replacing("( )", with: "()")
            for empty in [" and ()", " or ()", "() and ", "() or "] {
                conditions = conditions.replacing(empty, with: "")
            }
        }
        var rest = Substring(conditions)
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        while rest.hasPrefix("("), rest.hasSuffix(")"), isOnePair(rest) {
            rest = rest.dropFirst().dropLast()
            while rest.first == " " { rest.removeFirst() }
            while rest.last == " " { rest.removeLast() }
        }
        let isEmpty = rest.allSatisfy { "() ".contains($0) }
        return (extras, isEmpty ? nil : String(rest))
    }

    /// Finds `extra == "name"` or `"name" == extra`.
    private static func extraCondition(
        in text: String
    ) -> (whole: Range<String.Index>, name: Range<String.Index>)? {
        for quote in ["'", "\""] {
            var search = text.startIndex..<text.endIndex
            while let extra = text[search].firstRange(of: "extra") {
                search = extra.upperBound..<text.endIndex
                var place = skipBlanks(text, extra.upperBound)
                guard text[place...].hasPrefix("==") else { continue }
                place = skipBlanks(text, text.index(place, offsetBy: 2))
                guard text[place...].hasPrefix(quote) else { continue }
                let start = text.index(after: place)
                guard let end = text[start...].firstIndex(of: Character(quote)) else { continue }
                return (extra.lowerBound..<text.index(after: end), start..<end)
            }
        }
        return nil
    }

    private static func skipBlanks(_ text: String, _ start: String.Index) -> String.Index {
        var place = start
        while place < text.endIndex, text[place] == " " || text[place] == "\t" { place = text.index(after: place) }
        return place
    }

    /// Returns where a word that joins conditions begins, if a text ends with one.
    private static func joinBefore(_ text: Substring) -> String.Index? {
        var rest = text
        while rest.last == " " { rest.removeLast() }
        for word in [" and", " or", ")and", ")or"] where rest.hasSuffix(word) {
            let start = rest.index(rest.endIndex, offsetBy: -word.count + 1)
            return start
        }
        return nil
    }

    /// Returns where a word that joins conditions ends, if a text begins with one.
    private static func joinAfter(_ text: Substring) -> String.Index? {
        var rest = text
        while rest.first == " " { rest.removeFirst() }
        for word in ["and ", "or ", "and(", "or("] where rest.hasPrefix(word) {
            return rest.index(rest.startIndex, offsetBy: word.count - 1)
        }
        return nil
    }

    /// Returns whether the first parenthesis is closed by the last one.
    private static func isOnePair(_ text: Substring) -> Bool {
        var depth = 0
        for place in text.indices {
            if text[place] == "(" { depth += 1 }
            if text[place] == ")" { depth -= 1 }
            if depth == 0, text.index(after: place) != text.endIndex { return false }
        }
        return depth == 0
    }
}
