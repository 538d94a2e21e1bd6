/// The error of a text that is not JSON, or not the expected JSON.
struct JSONError: Error, Hashable, CustomStringConvertible {
    let reason: String
    /// In bytes.
    let offset: Int

    var description: String { "\(reason) at byte \(offset)" }
}

/// A reader of JSON (RFC 8259), value by value and without a tree: the counterpart of ``JSONWriter``.
///
/// The caller asks for the values in their order, and says what kind each must be; `skip` skips one of any kind. The
/// bytes must be UTF-8, and outlive the reader. It never recurses, and looks at each byte a bounded number of times.
struct JSONReader {
    enum Kind {
        case object
        case array
        case string
        case number
        case boolean
        case null
    }

    /// The deepest nesting of objects and arrays that `skip` skips.
    static let maximumDepth = 64

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// Whether a comma is due before the next value.
    private var needsComma = false

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Returns the kind of the next value.
    mutating func kind() throws(JSONError) -> Kind {
        switch try peek() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw failure("a value is missing")
        }
    }

    mutating func beginObject() throws(JSONError) {
        try expect(UInt8(ascii: "{"), "an object is missing")
        needsComma = false
    }

    /// Returns the key of the object's next member, whose value must be read next, or nil after the last.
    mutating func nextKey() throws(JSONError) -> RawText? {
        guard try !closes(with: UInt8(ascii: "}")) else { return nil }
        let key = try string()
        try expect(UInt8(ascii: ":"), "a colon is missing")
        needsComma = false
        return key
    }

    mutating func beginArray() throws(JSONError) {
        try expect(UInt8(ascii: "["), "an array is missing")
        needsComma = false
    }

    /// Returns whether the array has another value, which must be read next.
    mutating func hasElement() throws(JSONError) -> Bool {
        try !closes(with: UInt8(ascii: "]"))
    }

    mutating func string() throws(JSONError) -> RawText {
        try expect(UInt8(ascii: "\""), "a string is missing")
        let start = position
        var isEscaped = false
        while true {
            skipPlainWords()
            guard position < bytes.count else { throw failure("the text ends inside a string") }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                try skipEscape()
                isEscaped = true
                continue
            }
            guard byte >= 0x20 else { throw failure("a string has a control character in it") }
            position += 1
        }
        let text = bytes[part: start..<position]
        position += 1
        needsComma = true
        return RawText(bytes: text, escapes: isEscaped ? .json : .none)
    }

    /// Reads a whole number; throws if it has decimals or an exponent, or more than 64 bits.
    mutating func integer() throws(JSONError) -> Int64 {
        let start = position
        guard let number = try wholeNumber() else {
            throw JSONError(reason: "a number is not an integer, or too large", offset: start)
        }
        return number
    }

    /// Reads a number; returns nil if it has decimals or an exponent, or more than 64 bits.
    mutating func wholeNumber() throws(JSONError) -> Int64? {
        guard try kind() == .number else { throw failure("a number is missing") }
        let start = position
        try skipNumber()
        needsComma = true
        return Int64(String(decoding: bytes[part: start..<position], as: UTF8.self))
    }

    mutating func boolean() throws(JSONError) -> Bool {
        let value = try peek() == UInt8(ascii: "t")
        try literal(value ? "true" : "false")
        return value
    }

    mutating func null() throws(JSONError) {
        _ = try peek()
        try literal("null")
    }

    /// Skips the next value with all that is in it.
    mutating func skip() throws(JSONError) {
        var depth = 0
        // One bit for each open object or array: whether it is an object.
        var objects: UInt64 = 0
        repeat {
            let kind = try kind()
            switch kind {
            case .string: _ = try string()
            case .boolean: _ = try boolean()
            case .null: try null()
            case .number:
                try skipNumber()
                needsComma = true
            case .object, .array:
                guard depth < Self.maximumDepth else {
                    throw failure("values are nested deeper than \(Self.maximumDepth)")
                }
                objects = objects << 1 | (kind == .object ? 1 : 0)
                depth += 1
                if kind == .object { try beginObject() } else { try beginArray() }
            }
            while depth > 0 {
                let goesOn = objects & 1 == 1 ? try nextKey() != nil : try hasElement()
                if goesOn { break }
                objects >>= 1
                depth -= 1
            }
        } while depth > 0
    }

    /// Checks that nothing follows.
    mutating func end() throws(JSONError) {
        skipWhitespace()
        guard position == bytes.count else { throw failure("something follows the value") }
    }

    // MARK: Parts

    func failure(_ reason: String) -> JSONError {
        JSONError(reason: reason, offset: position)
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    @inline(__always)
    private mutating func peek() throws(JSONError) -> UInt8 {
        skipWhitespace()
        guard position < bytes.count else { throw failure("the text ends too early") }
        return bytes[position]
    }

    @inline(__always)
    private mutating func expect(_ byte: UInt8, _ otherwise: String) throws(JSONError) {
        guard try peek() == byte else { throw failure(otherwise) }
        position += 1
    }

    /// Skips the closing bracket and returns true, or skips the comma that is due before the next value.
    private mutating func closes(with bracket: UInt8) throws(JSONError) -> Bool {
        if try peek() == bracket {
            position += 1
            needsComma = true
            return true
        }
        if needsComma {
            try expect(UInt8(ascii: ","), "a comma is missing")
            needsComma = false
            guard try peek() != bracket else { throw failure("a value is missing after a comma") }
        }
        return false
    }

    private mutating func literal(_ text: StaticString) throws(JSONError) {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count, bytes[part: position..<end].isEqual(to: text) else {
            throw failure("a value is missing")
        }
        position = end
        needsComma = true
    }

    private mutating func skipNumber() throws(JSONError) {
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let start = position
        try skipDigits()
        guard bytes[start] != UInt8(ascii: "0") || position == start + 1 else {
            throw failure("a number begins with 0")
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = position
        while position < bytes.count, ASCII.isDigit(bytes[position]) { position += 1 }
        guard position > start else { throw failure("a digit is missing") }
    }

    @inline(__always)
    private mutating func skipPlainWords() {
        while position + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            if EscapeTest.concernsJSON(word) { return }
            position += 8
        }
    }

    /// Skips an escape, after a check that it is well-formed.
    private mutating func skipEscape() throws(JSONError) {
        let start = position
        guard start + 1 < bytes.count else { throw failure("the text ends inside a string") }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard start + 6 <= bytes.count, Self.codeUnit(of: bytes, at: start + 2) != nil else {
                throw failure("an escape is malformed")
            }
            position += 6
        default: throw failure("an escape is malformed")
        }
    }
}

// MARK: Escapes

extension JSONReader {
    /// Decodes the escapes between a string's quotes, which must be well-formed, to UTF-8.
    ///
    /// NUL and halves of surrogate pairs, which no text can use, become U+FFFD.
    static func unescaped(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let escape = bytes.firstIndex(of: UInt8(ascii: "\\"), from: position) ?? bytes.count
            text.append(contentsOf: bytes[part: position..<escape])
            guard escape + 1 < bytes.count else { break }
            position = escape + 2
            switch bytes[escape + 1] {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                let (scalar, length) = scalar(of: bytes, at: position)
                text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                position = min(position + length, bytes.count)
            case let byte: text.append(byte)
            }
        }
        return text
    }

    /// Returns the value of four hexadecimal digits.
    static func codeUnit(of bytes: UnsafeRawBufferPointer, at start: Int) -> UInt16? {
        guard start + 4 <= bytes.count else { return nil }
        var unit: UInt16 = 0
        for index in start..<(start + 4) {
            guard let digit = HexCoding.value(ofDigit: bytes[index]) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// Returns the character of the digits after a `\u`, and of a second `\u` if the first is half of a pair, and their
    /// length.
    private static func scalar(of bytes: UnsafeRawBufferPointer, at start: Int) -> (Unicode.Scalar, length: Int) {
        guard let first = codeUnit(of: bytes, at: start), first != 0 else { return ("\u{FFFD}", 4) }
        if let scalar = Unicode.Scalar(first) { return (scalar, 4) }
        let isPair = start + 6 <= bytes.count && bytes[part: (start + 4)..<(start + 6)].isEqual(to: "\\u")
        guard UTF16.isLeadSurrogate(first), isPair, let second = codeUnit(of: bytes, at: start + 6),
            UTF16.isTrailSurrogate(second)
        else { return ("\u{FFFD}", 4) }
        let value = 0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        return (Unicode.Scalar(value) ?? "\u{FFFD}", 10)
    }
}
