/// A comma-separated list of values with weights, such as `Accept` carries (RFC 9110 §12.4.2, §12.5.1), read in place
/// without allocating.
///
/// Malformed elements are passed over.
struct QualityList: Sequence {
    /// One element of the list.
    struct Element {
        /// The value without its parameters, as sent; never empty.
        var value: Substring.UTF8View
        /// The weight in thousandths, 0...1000.
        var quality: Int
        /// The parameters before the weight, from behind the first semicolon, or empty.
        var parameters: Substring.UTF8View
    }

    private let text: String.UTF8View

    init(_ header: String) {
        text = header.utf8
    }

    func makeIterator() -> Iterator {
        Iterator(rest: text[...])
    }

    struct Iterator: IteratorProtocol {
        fileprivate var rest: Substring.UTF8View

        mutating func next() -> Element? {
            while !rest.isEmpty {
                let member = takeMember()
                if let element = QualityList.element(member) { return element }
            }
            return nil
        }

        /// Takes up to the next comma that isn't inside a quoted string.
        private mutating func takeMember() -> Substring.UTF8View {
            let end = QualityList.firstIndex(of: comma, in: rest)
            let member = rest[..<(end ?? rest.endIndex)]
            rest = end.map { rest[rest.index(after: $0)...] } ?? rest[rest.endIndex...]
            return member
        }
    }

    private static func element(_ member: Substring.UTF8View) -> Element? {
        var rest = member
        let value = trimmed(takePart(from: &rest))
        guard !value.isEmpty else { return nil }
        let parametersStart = rest.startIndex
        while !rest.isEmpty {
            let start = rest.startIndex
            let parameter = trimmed(takePart(from: &rest))
            if let weight = weightText(of: parameter) {
                guard let quality = quality(weight) else { return nil }
                // What follows the weight is an extension of old, and means nothing here.
                return Element(value: value, quality: quality, parameters: parameters(member[parametersStart..<start]))
            }
        }
        return Element(value: value, quality: 1000, parameters: parameters(member[parametersStart...]))
    }

    /// Parameters without the spaces around them and the semicolon behind them.
    private static func parameters(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = trimmed(text)
        if text.last == semicolon { text = trimmed(text.dropLast()) }
        return text
    }

    /// Takes up to the next semicolon that isn't inside a quoted string, and the semicolon.
    private static func takePart(from rest: inout Substring.UTF8View) -> Substring.UTF8View {
        let end = firstIndex(of: semicolon, in: rest)
        let part = rest[..<(end ?? rest.endIndex)]
        rest = end.map { rest[rest.index(after: $0)...] } ?? rest[rest.endIndex...]
        return part
    }

    private static func firstIndex(of byte: UInt8, in text: Substring.UTF8View) -> String.Index? {
        var quoted = false
        var index = text.startIndex
        while index < text.endIndex {
            let current = text[index]
            if current == byte, !quoted { return index }
            if current == quote { quoted.toggle() }
            if current == backslash, quoted { text.formIndex(after: &index) }
            if index < text.endIndex { text.formIndex(after: &index) }
        }
        return nil
    }

    private static func weightText(of parameter: Substring.UTF8View) -> Substring.UTF8View? {
        guard let name = parameter.first, name | 0x20 == UInt8(ascii: "q"),
            parameter.dropFirst().first == UInt8(ascii: "=")
        else { return nil }
        return parameter.dropFirst(2)
    }

    /// Reads `0`, `0.5`, `1.000` and the like, or returns nil.
    private static func quality(_ text: Substring.UTF8View) -> Int? {
        var digits = text.makeIterator()
        guard let first = digits.next(), first == UInt8(ascii: "0") || first == UInt8(ascii: "1") else { return nil }
        var quality = Int(first - UInt8(ascii: "0")) * 1000
        guard let point = digits.next() else { return quality }
        guard point == UInt8(ascii: "."), text.count <= 5 else { return nil }
        var scale = 100
        while let digit = digits.next() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            quality += Int(digit - UInt8(ascii: "0")) * scale
            scale /= 10
        }
        return quality <= 1000 ? quality : nil
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        while text.last == UInt8(ascii: " ") || text.last == UInt8(ascii: "\t") { text.removeLast() }
        return text
    }

    /// Returns whether text equals a lower-case ASCII name in any case.
    static func equals(_ text: Substring.UTF8View, _ name: StaticString) -> Bool {
        guard text.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { name in
            var index = 0
            for byte in text {
                let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                if lower != name[index] { return false }
                index += 1
            }
            return true
        }
    }
}

private let comma = UInt8(ascii: ",")
private let semicolon = UInt8(ascii: ";")
private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
