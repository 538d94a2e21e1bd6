public import NIOCore

/// A moment, as microseconds since 1970-01-01T00:00:00Z.
///
/// Texts cover the years 0 to 9999; a moment outside them is written as the nearest one inside.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since 1970 in UTC, without leap seconds.
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The moment as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, the form that PEP 700 asks of `upload-time`.
    public var iso8601: String {
        String(unsafeUninitializedCapacity: Self.iso8601Length) { bytes in
            writeISO8601(to: UnsafeMutableRawBufferPointer(bytes))
        }
    }

    /// The moment as an HTTP date such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7); parts of seconds are
    /// dropped.
    public var httpDate: String {
        let time = CivilTime(clamping: microseconds)
        let weekday = time.weekday * 3
        let month = (time.month - 1) * 3
        return String(unsafeUninitializedCapacity: Self.httpDateLength) { bytes in
            var text = DigitWriter(bytes: UnsafeMutableRawBufferPointer(bytes))
            text.write("SunMonTueWedThuFriSat", from: weekday, count: 3)
            text.write(", ", from: 0, count: 2)
            text.write(time.day, digits: 2)
            text.write(UInt8(ascii: " "))
            text.write("JanFebMarAprMayJunJulAugSepOctNovDec", from: month, count: 3)
            text.write(UInt8(ascii: " "))
            text.write(time.year, digits: 4)
            text.write(UInt8(ascii: " "))
            text.writeClock(of: time)
            text.write(" GMT", from: 0, count: 4)
            return Self.httpDateLength
        }
    }

    /// Writes the ISO 8601 form: always 27 bytes.
    public func writeISO8601(into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.iso8601Length) { bytes in
            writeISO8601(to: bytes)
        }
    }

    private static let iso8601Length = 27
    private static let httpDateLength = 29

    /// Writes the ISO 8601 form into memory with room for its 27 bytes, and answers that number.
    func writeISO8601(to bytes: UnsafeMutableRawBufferPointer) -> Int {
        precondition(bytes.count >= Self.iso8601Length)
        let time = CivilTime(clamping: microseconds)
        var text = DigitWriter(bytes: bytes)
        text.write(time.year, digits: 4)
        text.write(UInt8(ascii: "-"))
        text.write(time.month, digits: 2)
        text.write(UInt8(ascii: "-"))
        text.write(time.day, digits: 2)
        text.write(UInt8(ascii: "T"))
        text.writeClock(of: time)
        text.write(UInt8(ascii: "."))
        text.write(time.microsecond, digits: 6)
        text.write(UInt8(ascii: "Z"))
        return text.index
    }
}

/// Writes numbers and texts of fixed width one after the other; who makes one sees to the room.
private struct DigitWriter {
    let bytes: UnsafeMutableRawBufferPointer
    private(set) var index = 0

    init(bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func write(_ byte: UInt8) {
        bytes[index] = byte
        index += 1
    }

    mutating func write(_ number: Int, digits: Int) {
        var rest = number
        for position in stride(from: index + digits - 1, through: index, by: -1) {
            bytes[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        index += digits
    }

    mutating func write(_ text: StaticString, from start: Int, count: Int) {
        text.withUTF8Buffer { text in
            for byte in text[start..<(start + count)] { write(byte) }
        }
    }

    mutating func writeClock(of time: CivilTime) {
        write(time.hour, digits: 2)
        write(UInt8(ascii: ":"))
        write(time.minute, digits: 2)
        write(UInt8(ascii: ":"))
        write(time.second, digits: 2)
    }
}
