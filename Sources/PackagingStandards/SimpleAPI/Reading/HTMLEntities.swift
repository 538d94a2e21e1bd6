/// The character references of HTML that stand in attributes and texts (WHATWG HTML §13.5): all numbers, and the names
/// that generators of such pages use. Others stay as they are written.
enum HTMLEntities {
    /// The text that is meant.
    static func decoded(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let ampersand = bytes.firstIndex(of: UInt8(ascii: "&"), from: position) ?? bytes.count
            text.append(contentsOf: bytes[part: position..<ampersand])
            guard ampersand < bytes.count else { break }
            position = ampersand + 1
            if let length = appendReference(in: bytes, at: position, to: &text) {
                position += length
            } else {
                text.append(UInt8(ascii: "&"))
            }
        }
        return text
    }

    private static let names: [(name: StaticString, byte: UInt8)] = [
        ("amp", UInt8(ascii: "&")), ("lt", UInt8(ascii: "<")), ("gt", UInt8(ascii: ">")),
        ("quot", UInt8(ascii: "\"")), ("apos", UInt8(ascii: "'")), ("plus", UInt8(ascii: "+")),
        ("equals", UInt8(ascii: "=")), ("num", UInt8(ascii: "#")), ("excl", UInt8(ascii: "!")),
        ("comma", UInt8(ascii: ",")), ("period", UInt8(ascii: ".")), ("lowbar", UInt8(ascii: "_")),
        ("sol", UInt8(ascii: "/")), ("colon", UInt8(ascii: ":")), ("semi", UInt8(ascii: ";")),
        ("percnt", UInt8(ascii: "%")), ("quest", UInt8(ascii: "?")), ("commat", UInt8(ascii: "@")),
        ("ast", UInt8(ascii: "*")), ("nbsp", UInt8(ascii: " ")), ("AMP", UInt8(ascii: "&")),
        ("LT", UInt8(ascii: "<")), ("GT", UInt8(ascii: ">")), ("QUOT", UInt8(ascii: "\"")),
    ]
    /// How many of the names may go without the semicolon, as old pages write them.
    private static let legacyCount = 4
    private static let longestName = 6

    /// Appends what the reference behind an ampersand stands for; answers its length, nil for none.
    private static func appendReference(
        in bytes: UnsafeRawBufferPointer, at start: Int, to text: inout [UInt8]
    ) -> Int? {
        guard start < bytes.count else { return nil }
        if bytes[start] == UInt8(ascii: "#") { return appendNumber(in: bytes, at: start + 1, to: &text) }
        var end = start
        while end < bytes.count, end - start <= longestName, ASCII.isAlphanumeric(bytes[end]) { end += 1 }
        let name = bytes[part: start..<end]
        let isClosed = end < bytes.count && bytes[end] == UInt8(ascii: ";")
        // `&lt=` in an address is a parameter's name.
        let isOpenToMore = end < bytes.count && bytes[end] == UInt8(ascii: "=")
        let candidates = isClosed ? names[...] : isOpenToMore ? [] : names[..<legacyCount]
        guard let found = candidates.first(where: { name.isEqual(to: $0.name) }) else { return nil }
        text.append(found.byte)
        return name.count + (isClosed ? 1 : 0)
    }

    /// Appends a numbered character; those that no text may have become U+FFFD.
    private static func appendNumber(
        in bytes: UnsafeRawBufferPointer, at start: Int, to text: inout [UInt8]
    ) -> Int? {
        var position = start
        let isHexadecimal = position < bytes.count && bytes[position] | 0x20 == UInt8(ascii: "x")
        if isHexadecimal { position += 1 }
        let firstDigit = position
        var value: UInt32 = 0
        while position < bytes.count, let digit = HexCoding.value(ofDigit: bytes[position]), isHexadecimal || digit < 10
        {
            value = min(value * (isHexadecimal ? 16 : 10) + UInt32(digit), 0x11_0000)
            position += 1
        }
        guard position > firstDigit else { return nil }
        if position < bytes.count, bytes[position] == UInt8(ascii: ";") { position += 1 }
        let scalar = value == 0 ? nil : Unicode.Scalar(value)
        text.append(contentsOf: UTF8.encode(scalar ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
        return position - start + 1
    }
}
