/// The few questions that the scanners of this target ask of a byte.
enum ASCII {
    static let hyphen = UInt8(ascii: "-")
    static let underscore = UInt8(ascii: "_")
    static let dot = UInt8(ascii: ".")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")

    static func isDigit(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39
    }

    static func isLowercase(_ byte: UInt8) -> Bool {
        byte >= 0x61 && byte <= 0x7A
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLowercase(byte | 0x20)
    }

    /// Whether a byte is one of `.`, `_` and `-`, which names and versions treat alike.
    static func isSeparator(_ byte: UInt8) -> Bool {
        byte == dot || byte == underscore || byte == hyphen
    }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    static func lowercasedText(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.map(lowercased), as: UTF8.self)
    }
}
