import NIOCore

/// A writer of text into memory of known size: a row of a page checks a buffer's room once and not fifty times.
///
/// The caller provides the room: ``room(for:)`` for each escaped text, and the bytes of everything else. Every write
/// checks it again: with a wrong sum, the process stops and never writes elsewhere.
struct TextCursor {
    /// How many bytes have been written.
    private(set) var length = 0
    private let target: UnsafeMutableRawBufferPointer

    /// The most bytes that escaping makes of one byte.
    private static let longestEscape = 6
    /// The room for any number and any moment.
    static let roomForNumber = 32

    fileprivate init(target: UnsafeMutableRawBufferPointer) {
        self.target = target
    }

    /// Returns the room that a text may need, escaped for JSON or HTML.
    static func room(for text: String) -> Int {
        text.utf8.count * longestEscape + MemoryLayout<UInt64>.size
    }

    static func room(for text: String?) -> Int {
        text.map(room) ?? 0
    }

    mutating func write(_ byte: UInt8) {
        precondition(length < target.count)
        target[length] = byte
        length += 1
    }

    /// Writes text as it is.
    @inline(__always)
    mutating func write(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        precondition(count <= target.count - length)
        // Of a known number of bytes, and inlined, this is a store or two.
        target.baseAddress?.advanced(by: length).copyMemory(from: text.utf8Start, byteCount: count)
        length += count
    }

    mutating func write(_ number: Int64) {
        precondition(Self.roomForNumber <= target.count - length)
        if number < 0 { write(UInt8(ascii: "-")) }
        let start = length
        var magnitude = number.magnitude
        repeat {
            target[length] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
            magnitude /= 10
            length += 1
        } while magnitude > 0
        var digits = UnsafeMutableRawBufferPointer(rebasing: target[start..<length])
        digits.reverse()
    }

    mutating func write(_ moment: Timestamp) {
        precondition(Self.roomForNumber <= target.count - length)
        length += moment.writeISO8601(to: UnsafeMutableRawBufferPointer(rebasing: target[length...]))
    }

    /// Writes a digest's digits, which need no escapes.
    mutating func write(_ digest: SHA256Digest) {
        precondition(SHA256Digest.digitCount <= target.count - length)
        length += digest.write(to: UnsafeMutableRawBufferPointer(rebasing: target[length...]))
    }

    /// Writes a text as it is between the quotes of a JSON string.
    mutating func writeJSON(escaping text: String) {
        var text = text
        text.withUTF8 { bytes in
            precondition(bytes.count * Self.longestEscape + 8 <= target.count - length)
            var index = 0
            while index < bytes.count {
                let plain = writeWord(of: bytes, at: index) { EscapeTest.concernsJSON($0) }
                if plain > 0 {
                    index += plain
                    continue
                }
                let byte = bytes[index]
                if EscapeTest.concernsJSON(byte) { writeJSONEscape(of: byte) } else { write(byte) }
                index += 1
            }
        }
    }

    /// Writes a text as HTML content or inside a quoted attribute.
    ///
    /// Control characters that HTML cannot have become U+FFFD.
    mutating func writeHTML(escaping text: String) {
        var text = text
        text.withUTF8 { bytes in
            precondition(bytes.count * Self.longestEscape + 8 <= target.count - length)
            var index = 0
            while index < bytes.count {
                let plain = writeWord(of: bytes, at: index) { EscapeTest.concernsHTML($0) }
                if plain > 0 {
                    index += plain
                    continue
                }
                let byte = bytes[index]
                if EscapeTest.concernsHTML(byte) { writeHTMLEscape(of: byte) } else { write(byte) }
                index += 1
            }
        }
    }

    /// Writes the next eight bytes, or the fewer that are left, if none of the eight must be escaped; returns how many.
    ///
    /// The last bytes are written with those before them: none of the eight was escaped, so they stand before the cursor
    /// as they are.
    @inline(__always)
    private mutating func writeWord(
        of bytes: UnsafeBufferPointer<UInt8>, at index: Int, unless mustEscape: (UInt64) -> Bool
    ) -> Int {
        let start = min(index, bytes.count - 8)
        guard start >= 0 else { return 0 }
        let word = UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: start, as: UInt64.self)
        guard !mustEscape(word) else { return 0 }
        let again = index - start
        target.storeBytes(of: word, toByteOffset: length - again, as: UInt64.self)
        length += 8 - again
        return 8 - again
    }

    private mutating func writeJSONEscape(of byte: UInt8) {
        switch byte {
        case 0x22: write("\\\"")
        case 0x5C: write("\\\\")
        case 0x08: write("\\b")
        case 0x0C: write("\\f")
        case 0x0A: write("\\n")
        case 0x0D: write("\\r")
        case 0x09: write("\\t")
        default:
            write(byte < 0x10 ? "\\u000" : "\\u001")
            let digit = byte & 0x0F
            write(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    private mutating func writeHTMLEscape(of byte: UInt8) {
        switch byte {
        case UInt8(ascii: "&"): write("&amp;")
        case UInt8(ascii: "<"): write("&lt;")
        case UInt8(ascii: ">"): write("&gt;")
        case UInt8(ascii: "\""): write("&quot;")
        case UInt8(ascii: "'"): write("&#39;")
        case UInt8(ascii: "\t"): write("&#9;")
        case UInt8(ascii: "\n"): write("&#10;")
        case UInt8(ascii: "\r"): write("&#13;")
        default: write("\u{FFFD}")
        }
    }
}

extension ByteBuffer {
    /// Appends up to `room` bytes, which the closure writes.
    @inline(__always)
    mutating func writeText(room: Int, _ body: (inout TextCursor) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
            var cursor = TextCursor(target: target)
            body(&cursor)
            return cursor.length
        }
    }

    /// Appends a text escaped for HTML.
    mutating func writeHTML(escaping text: String) {
        writeText(room: TextCursor.room(for: text)) { $0.writeHTML(escaping: text) }
    }
}

/// A test of eight bytes at once for one that must be escaped.
///
/// It is the classic test for a zero byte in a word, which is exact in whether there is one.
enum EscapeTest {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Returns whether one of the bytes must be escaped in JSON: a control, a quote or a backslash (RFC 8259 §7).
    @inline(__always)
    static func concernsJSON(_ word: UInt64) -> Bool {
        control(in: word) | equal(0x22, in: word) | equal(0x5C, in: word) != 0
    }

    @inline(__always)
    static func concernsJSON(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C
    }

    /// Returns whether one of the bytes must be escaped in HTML texts and attributes: `& < > " '` or a control.
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
