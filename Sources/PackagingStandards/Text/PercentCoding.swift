/// Percent-encoding (RFC 3986 §2.1).
package enum PercentCoding {
    /// Which bytes are written as they are.
    enum Kept {
        /// What a path or query may hold (RFC 3986 §3.3, §3.4), and a `%` before two hexadecimal digits.
        case pathCharacters
        /// All visible ASCII except the backslash, which some readers take for a slash.
        case visible
    }

    /// Decodes every `%` with its two hexadecimal digits; returns nil if a `%` has none.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(HexCoding.value), let low = rest.next().flatMap(HexCoding.value) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// Decodes every `%` that is followed by two hexadecimal digits, and keeps the others.
    static func decodeLeniently(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var decoded: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
                let high = HexCoding.value(ofDigit: text[index + 1]),
                let low = HexCoding.value(ofDigit: text[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(text[index])
                index += 1
            }
        }
        return decoded
    }

    /// Appends a text, in which each byte that is not kept becomes a `%` and two digits.
    static func append(_ text: UnsafeRawBufferPointer, keeping kept: Kept, to target: inout [UInt8]) {
        let digits: StaticString = "0123456789ABCDEF"
        for (index, byte) in text.enumerated() {
            let isKept =
                switch kept {
                case .visible: ASCII.isVisible(byte) && byte != UInt8(ascii: "\\")
                case .pathCharacters:
                    byte == UInt8(ascii: "%") ? isEncodedByte(in: text, at: index) : isPathCharacter(byte)
                }
            if isKept {
                target.append(byte)
            } else {
                target.append(UInt8(ascii: "%"))
                target.append(digits.utf8Start[Int(byte >> 4)])
                target.append(digits.utf8Start[Int(byte & 15)])
            }
        }
    }

    /// Returns whether a byte is allowed in a path or query (RFC 3986 §3.3, §3.4), where `%` is allowed too.
    @inline(__always)
    static func isPathCharacter(_ byte: UInt8) -> Bool {
        // One bit for each of the characters `!$%&'()*+,-./0-9:;=?` and `@A-Z_a-z~`.
        let low: UInt64 = 0xAFFF_FFF2_0000_0000
        let high: UInt64 = 0x47FF_FFFE_87FF_FFFF
        guard byte < 0x80 else { return false }
        return (byte < 0x40 ? low : high) >> UInt64(byte & 0x3F) & 1 == 1
    }

    private static func isEncodedByte(in text: UnsafeRawBufferPointer, at index: Int) -> Bool {
        index + 2 < text.count && HexCoding.value(ofDigit: text[index + 1]) != nil
            && HexCoding.value(ofDigit: text[index + 2]) != nil
    }
}
