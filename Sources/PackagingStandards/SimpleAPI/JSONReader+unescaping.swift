extension JSONReader {
    /// The UTF-8 text that a string's inside means; its escapes must be well-formed.
    ///
    /// NUL and halves of surrogate pairs, which no text can do anything with, become U+FFFD.
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

    /// The value of four hexadecimal digits.
    static func codeUnit(of bytes: UnsafeRawBufferPointer, at start: Int) -> UInt16? {
        guard start + 4 <= bytes.count else { return nil }
        var unit: UInt16 = 0
        for index in start..<(start + 4) {
            guard let digit = HexCoding.value(ofDigit: bytes[index]) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// What the digits behind a `\u` stand for, a second `\u` included where the first is half of a pair, and their
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
