/// The kinds of bytes in ASCII text.
package enum ASCII {
    static let hyphen = UInt8(ascii: "-")
    static let underscore = UInt8(ascii: "_")
    static let dot = UInt8(ascii: ".")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")

    /// Returns whether a byte is a digit.
    @inlinable package static func isDigit(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39
    }

    /// Returns whether a byte is a letter in lower case.
    @inlinable package static func isLowercase(_ byte: UInt8) -> Bool {
        byte >= 0x61 && byte <= 0x7A
    }

    /// Returns whether a byte is a letter of either case.
    @inlinable package static func isLetter(_ byte: UInt8) -> Bool {
        isLowercase(byte | 0x20)
    }

    /// Returns whether a byte is a letter or a digit.
    @inlinable package static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte)
    }

    /// Returns whether a byte is printable and no space.
    @inlinable package static func isVisible(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F
    }

    /// Returns whether a byte is a control character.
    @inlinable package static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7F
    }

    /// Returns whether a byte is a space or a tab.
    @inlinable package static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09
    }

    /// Returns a text without the spaces and tabs at its ends.
    @inlinable package static func trimmingBlanks(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }

    /// Returns whether a byte is one of `.`, `_` and `-`, which names and versions treat alike.
    static func isSeparator(_ byte: UInt8) -> Bool {
        byte == dot || byte == underscore || byte == hyphen
    }

    /// Returns a byte with a letter turned into lower case.
    @inlinable package static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    /// Returns whether a text has only ASCII characters, none before this one, which is at most `~`, and none after `~`.
    package static func areAll(_ text: String, from first: UInt8) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            var place = 0
            while let word = ASCIIWord(bytes, at: place) {
                guard word.isAll(from: first, to: 0x7E) else { return false }
                place += 8
            }
            while place < bytes.count {
                guard bytes[place] >= first, bytes[place] <= 0x7E else { return false }
                place += 1
            }
            return true
        }
    }

    static func lowercasedText(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.map(lowercased), as: UTF8.self)
    }
}
