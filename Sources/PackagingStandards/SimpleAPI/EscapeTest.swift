/// Tells, for eight bytes at once, whether one of them must be escaped.
///
/// The classic test for a zero byte in a word: exact in whether there is one.
enum EscapeTest {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Whether a JSON string may hold none of these bytes as they are: controls, quotes, backslashes (RFC 8259 §7).
    @inline(__always)
    static func concernsJSON(_ word: UInt64) -> Bool {
        control(in: word) | equal(0x22, in: word) | equal(0x5C, in: word) != 0
    }

    @inline(__always)
    static func concernsJSON(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C
    }

    /// Whether HTML text and attribute values may not hold one of these bytes as it is: `& < > " '` and controls.
    @inline(__always)
    static func concernsHTML(_ word: UInt64) -> Bool {
        let quotes = equal(0x22, in: word) | equal(0x27, in: word)
        return control(in: word) | quotes | equal(0x26, in: word) | equal(0x3C, in: word) | equal(0x3E, in: word) != 0
    }

    @inline(__always)
    static func concernsHTML(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, 0x22, 0x26, 0x27, 0x3C, 0x3E: true
        default: false
        }
    }

    @inline(__always)
    private static func control(in word: UInt64) -> UInt64 {
        (word &- ones &* 0x20) & ~word & highBits
    }

    @inline(__always)
    private static func equal(_ byte: UInt64, in word: UInt64) -> UInt64 {
        let zeroed = word ^ (ones &* byte)
        return (zeroed &- ones) & ~zeroed & highBits
    }
}
