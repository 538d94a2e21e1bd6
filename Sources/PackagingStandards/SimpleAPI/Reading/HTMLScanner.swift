/// Parts HTML into tags, texts and comments, as far as a list of links needs it (WHATWG HTML §13.2.5).
///
/// It makes no tree, decodes nothing, and never goes back: each byte is looked at a bounded number of times. The bytes
/// must outlive it.
struct HTMLScanner {
    enum Token {
        /// The tag's name, in either case; its attributes may be read next.
        case start(UnsafeRawBufferPointer)
        case end(UnsafeRawBufferPointer)
        case text(UnsafeRawBufferPointer)
        case comment(UnsafeRawBufferPointer)
    }

    struct Attribute {
        /// In either case.
        let name: UnsafeRawBufferPointer
        /// Empty if there is none.
        let value: RawText
    }

    /// Whether the page ended inside a tag or a comment.
    private(set) var isCutShort = false

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var isInTag = false
    /// The element whose content is text up to its end tag, while that stands before us.
    private var rawElement: StaticString?

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The next token; nil at the end.
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

    /// The content of the element that has just begun, if that is one whose content is text up to its end tag.
    mutating func rawContent() -> UnsafeRawBufferPointer? {
        while isInTag { _ = nextAttribute() }
        guard let element = rawElement else { return nil }
        let start = position
        skipContent(of: element)
        return bytes[part: start..<position]
    }

    /// The next attribute of the tag that came last; nil when there is none left.
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

    /// Text or an attribute's value, which may have entities in it.
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
        // An `a` comes most often by far.
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

    /// Passes over `<!…>` or `<?…>`; answers a comment's content.
    private mutating func declaration() -> UnsafeRawBufferPointer? {
        let start = position + 4
        guard start <= bytes.count, bytes[part: position..<start].isEqual(to: "<!--") else {
            skip(behind: UInt8(ascii: ">"))
            return nil
        }
        // `<!-->` and `<!--->` are whole comments.
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
