/// A scanner that splits HTML into tags, texts and comments, as far as a list of links needs it (WHATWG HTML §13.2.5).
///
/// It makes no tree, decodes nothing, and never goes back: it looks at each byte a bounded number of times. The bytes
/// must outlive it.
struct HTMLScanner {
    enum Token {
        /// A start tag by its name, in any case; its attributes may be read next.
        case start(UnsafeRawBufferPointer)
        case end(UnsafeRawBufferPointer)
        case text(UnsafeRawBufferPointer)
        case comment(UnsafeRawBufferPointer)
    }

    struct Attribute {
        /// The name, in any case.
        let name: UnsafeRawBufferPointer
        /// The value; empty if there is none.
        let value: RawText
    }

    /// Whether the page ends inside a tag or a comment.
    private(set) var isCutShort = false

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var isInTag = false
    /// The element that has just begun, if its content is text up to its end tag.
    private var rawElement: StaticString?

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Returns the next token, or nil at the end.
    mutating func next() -> Token? {
        while isInTag { _ = nextAttribute() }
        if let element = rawElement { skipContent(of: element) }
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<") else { return .text(text(from: position)) }
            let next = position + 1 < bytes.count ? bytes[position + 1] : 0
            switch next {
            case _ where ASCII.isLetter(next): return startTag()
            case UInt8(ascii: "!"), UInt8(ascii: "?"):
                if let comment = declaration() { return .comment(comment) }
            case UInt8(ascii: "/"):
                if position + 2 < bytes.count, ASCII.isLetter(bytes[position + 2]) {
                    let name = tagName(from: position + 2)
                    isInTag = true
                    return .end(name)
                }
                skip(behind: UInt8(ascii: ">"))
            default: return .text(text(from: position))
            }
        }
        return nil
    }

    /// Returns the content of the element that has just begun, or nil unless it is text up to its end tag.
    mutating func rawContent() -> UnsafeRawBufferPointer? {
        while isInTag { _ = nextAttribute() }
        guard let element = rawElement else { return nil }
        let start = position
        skipContent(of: element)
        return bytes[part: start..<position]
    }

    /// Returns the next attribute of the last tag, or nil if none is left.
    mutating func nextAttribute() -> Attribute? {
        guard isInTag else { return nil }
        while position < bytes.count, Self.isSpace(bytes[position]) || bytes[position] == UInt8(ascii: "/") {
            position += 1
        }
        guard position < bytes.count else { return leaveCutShort() }
        if bytes[position] == UInt8(ascii: ">") {
            position += 1
            isInTag = false
            return nil
        }
        let name = attributeName()
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "=") else {
            return Attribute(name: name, value: RawText(bytes: bytes[part: position..<position], escapes: .none))
        }
        position += 1
        skipSpace()
        guard position < bytes.count else { return leaveCutShort() }
        let quote = bytes[position]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            return Attribute(name: name, value: unquotedValue())
        }
        guard let end = bytes.firstIndex(of: quote, from: position + 1) else { return leaveCutShort() }
        let value = bytes[part: (position + 1)..<end]
        position = end + 1
        return Attribute(name: name, value: Self.escaped(value))
    }

    /// Returns a text or the value of an attribute, which may have character references.
    static func escaped(_ text: UnsafeRawBufferPointer) -> RawText {
        let hasEntities = text.firstIndex(of: UInt8(ascii: "&"), from: 0) != nil
        return RawText(bytes: text, escapes: hasEntities ? .html : .none)
    }

    // MARK: Parts

    private static let rawElements: [StaticString] = ["script", "style", "title", "textarea", "xmp"]

    @inline(__always)
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private mutating func leaveCutShort() -> Attribute? {
        position = bytes.count
        isInTag = false
        isCutShort = true
        return nil
    }

    private mutating func skip(behind byte: UInt8) {
        if let found = bytes.firstIndex(of: byte, from: position) {
            position = found + 1
        } else {
            position = bytes.count
            isCutShort = true
        }
    }

    private mutating func text(from start: Int) -> UnsafeRawBufferPointer {
        position = bytes.firstIndex(of: UInt8(ascii: "<"), from: start + 1) ?? bytes.count
        return bytes[part: start..<position]
    }

    private mutating func startTag() -> Token {
        let name = tagName(from: position + 1)
        isInTag = true
        // An `a` is by far the most common.
        if name.count > 1 { rawElement = Self.rawElements.first { name.isEqualIgnoringCase(to: $0) } }
        return .start(name)
    }

    private mutating func tagName(from start: Int) -> UnsafeRawBufferPointer {
        position = start
        while position < bytes.count {
            let byte = bytes[position]
            if Self.isSpace(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">") { break }
            position += 1
        }
        return bytes[part: start..<position]
    }

    private mutating func attributeName() -> UnsafeRawBufferPointer {
        let start = position
        // A first `=` belongs to the name.
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "=") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") { break }
            if Self.isSpace(byte) { break }
            position += 1
        }
        return bytes[part: start..<position]
    }

    private mutating func unquotedValue() -> RawText {
        let start = position
        while position < bytes.count, !Self.isSpace(bytes[position]), bytes[position] != UInt8(ascii: ">") {
            position += 1
        }
        return Self.escaped(bytes[part: start..<position])
    }

    /// Skips `<!…>` or `<?…>`, and returns the content if it is a comment.
    private mutating func declaration() -> UnsafeRawBufferPointer? {
        let start = position + 4
        guard start <= bytes.count, bytes[part: position..<start].isEqual(to: "<!--") else {
            skip(behind: UInt8(ascii: ">"))
            return nil
        }
        // `<!-->` and `<!--->` are comments.
        position = start
        while let end = bytes.firstIndex(of: UInt8(ascii: ">"), from: position) {
            position = end + 1
            let dashes = bytes[part: (start - 2)..<end]
            guard dashes.suffix(2).allSatisfy({ $0 == ASCII.hyphen }) else { continue }
            return bytes[part: start..<max(start, end - 2)]
        }
        position = bytes.count
        isCutShort = true
        return nil
    }

    private mutating func skipContent(of element: StaticString) {
        rawElement = nil
        while let start = bytes.firstIndex(of: UInt8(ascii: "<"), from: position) {
            position = start + 1
            let name = start + 2
            let end = name + element.utf8CodeUnitCount
            guard end <= bytes.count, bytes[start + 1] == UInt8(ascii: "/"),
                bytes[part: name..<end].isEqualIgnoringCase(to: element)
            else { continue }
            position = start
            return
        }
        position = bytes.count
        isCutShort = true
    }
}

/// The character references in attributes and texts of HTML (WHATWG HTML §13.5): all numbers, and the names that
/// generators of such pages use. Others stay as written.
enum HTMLEntities {
    /// Decodes the references in a text.
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
    /// How many of the names need no semicolon, as on old pages.
    private static let legacyCount = 4
    private static let longestName = 6

    /// Appends the character of the reference after an ampersand, and returns its length, or nil if it is not a
    /// reference.
    private static func appendReference(
        in bytes: UnsafeRawBufferPointer, at start: Int, to text: inout [UInt8]
    ) -> Int? {
        guard start < bytes.count else { return nil }
        if bytes[start] == UInt8(ascii: "#") { return appendNumber(in: bytes, at: start + 1, to: &text) }
        var end = start
        while end < bytes.count, end - start <= longestName, ASCII.isAlphanumeric(bytes[end]) { end += 1 }
        let name = bytes[part: start..<end]
        let isClosed = end < bytes.count && bytes[end] == UInt8(ascii: ";")
        // `&lt=` in an address is the name of a parameter.
        let isOpenToMore = end < bytes.count && bytes[end] == UInt8(ascii: "=")
        let candidates = isClosed ? names[...] : isOpenToMore ? [] : names[..<legacyCount]
        guard let found = candidates.first(where: { name.isEqual(to: $0.name) }) else { return nil }
        text.append(found.byte)
        return name.count + (isClosed ? 1 : 0)
    }

    /// Appends a character by its number; one that no text may have becomes U+FFFD.
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
