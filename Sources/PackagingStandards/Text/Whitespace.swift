/// White space as Python's `str.strip` and the `\s` of its regular expressions have it, which is what "leading and
/// trailing whitespace must be silently ignored" in PEP 440 means in practice.
enum Whitespace {
    /// Returns a UTF-8 text without leading and trailing white space.
    static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = text
        while let first = rest.first {
            let length = first < 0x80 ? (isASCIISpace(first) ? 1 : 0) : lengthOfWideSpace(rest.prefix(3))
            guard length > 0 else { break }
            rest = rest.dropFirst(length)
        }
        while let last = rest.last {
            let length = last < 0x80 ? (isASCIISpace(last) ? 1 : 0) : lengthOfTrailingWideSpace(rest)
            guard length > 0 else { break }
            rest = rest.dropLast(length)
        }
        return rest
    }

    /// Returns whether a UTF-8 text has white space anywhere.
    static func occurs(in text: ArraySlice<UInt8>) -> Bool {
        text.indices.contains { index in
            isASCIISpace(text[index]) || (text[index] >= 0x80 && lengthOfWideSpace(text[index...].prefix(3)) > 0)
        }
    }

    static func isASCIISpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F)
    }

    private static func lengthOfTrailingWideSpace(_ text: ArraySlice<UInt8>) -> Int {
        for length in [2, 3] where text.count >= length && lengthOfWideSpace(text.suffix(length)) == length {
            return length
        }
        return 0
    }

    /// Returns the bytes of the white space beyond ASCII with which a text starts, or 0 if it starts with none.
    private static func lengthOfWideSpace(_ text: ArraySlice<UInt8>) -> Int {
        let bytes = Array(text)
        if bytes.count >= 2, bytes[0] == 0xC2 {
            return bytes[1] == 0x85 || bytes[1] == 0xA0 ? 2 : 0
        }
        guard bytes.count >= 3 else { return 0 }
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF),
            (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
            return 3
        default:
            return 0
        }
    }
}
