public import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A moment, as microseconds since 1970-01-01T00:00:00Z.
///
/// Texts cover the years 0 to 9999: a moment outside them is written as the nearest one inside.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since 1970 in UTC, without leap seconds.
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The moment as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, the form of `upload-time` in PEP 700.
    public var iso8601: String {
        String(unsafeUninitializedCapacity: Self.iso8601Length) { bytes in
            writeISO8601(to: UnsafeMutableRawBufferPointer(bytes))
        }
    }

    /// The moment as an HTTP date, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7), without fractions of a
    /// second.
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

    /// Writes the ISO 8601 form into memory, which must have room for 27 bytes, and returns that number.
    public func writeISO8601(to bytes: UnsafeMutableRawBufferPointer) -> Int {
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

/// A writer of numbers and texts of fixed width, one after the other, into memory that must have room for them.
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

// MARK: Reading

extension Timestamp {
    /// Reads an ISO 8601 date and time, such as `2026-11-21T08:49:37.123456Z`; nil if the text is malformed.
    ///
    /// Seconds may have any number of decimals; those after the sixth are dropped. The offset may be `Z`, `+hh:mm` or
    /// missing, which means UTC, as in `upload_time` of PyPI's JSON API. A space may replace the `T`. A leap second
    /// counts as the next second.
    public init?(iso8601 text: String) {
        var text = text
        guard let moment = text.withUTF8({ Timestamp(iso8601: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = moment
    }

    /// Reads the same from UTF-8 bytes, without a string: a page has thousands of moments.
    init?(iso8601 bytes: UnsafeRawBufferPointer) {
        var reader = Reader(bytes: bytes)
        guard let year = reader.number(digits: 4), reader.skip("-"),
            let month = reader.number(digits: 2), reader.skip("-"),
            let day = reader.number(digits: 2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(digits: 2), reader.skip(":"),
            let minute = reader.number(digits: 2), reader.skip(":"),
            let second = reader.number(digits: 2),
            let microsecond = reader.fraction(), let offset = reader.offset(), reader.isAtEnd,
            let days = CivilTime.days(in: month, of: year), (1...days).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var time = CivilTime(year: year, month: month, day: day)
        time.hour = hour
        time.minute = minute
        time.second = second
        time.microsecond = microsecond
        self.init(microseconds: time.microseconds - Int64(offset) * 60_000_000)
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        private var position = 0

        init(bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
        }

        var isAtEnd: Bool { position == bytes.count }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard !isAtEnd, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        private mutating func digit() -> Int? {
            guard !isAtEnd, ASCII.isDigit(bytes[position]) else { return nil }
            defer { position += 1 }
            return Int(bytes[position] - UInt8(ascii: "0"))
        }

        mutating func number(digits: Int) -> Int? {
            var number = 0
            for _ in 0..<digits {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return number
        }

        /// Returns microseconds: 0 if there are no decimals, nil if there is only the point.
        mutating func fraction() -> Int? {
            guard skip(".") else { return 0 }
            guard let first = digit() else { return nil }
            var fraction = first * 100_000
            var scale = 10_000
            while let digit = digit() {
                fraction += digit * scale
                scale /= 10
            }
            return fraction
        }

        /// Returns minutes east of UTC.
        mutating func offset() -> Int? {
            if isAtEnd || skip("Z") || skip("z") { return 0 }
            let sign = skip("-") ? -1 : 1
            guard sign == -1 || skip("+"), let hours = number(digits: 2), hours < 24 else { return nil }
            _ = skip(":")
            guard let minutes = number(digits: 2), minutes < 60 else { return nil }
            return sign * (hours * 60 + minutes)
        }
    }
}

// MARK: The clock

extension Timestamp {
    /// Reads the system's clock. Code that decides by time takes a clock as a closure, of which this is the real one.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

// MARK: The calendar

/// A date and time in UTC and the proleptic Gregorian calendar.
private struct CivilTime {
    var year: Int
    var month: Int
    var day: Int
    var hour = 0
    var minute = 0
    var second = 0
    var microsecond = 0

    private static let microsecondsPerDay: Int64 = 86_400_000_000
    /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z in microseconds since 1970.
    private static let range: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Converts a moment, clamped to the years 0 to 9999.
    init(clamping microseconds: Int64) {
        let moment = Swift.min(Swift.max(microseconds, Self.range.lowerBound), Self.range.upperBound)
        var days = Int(moment / Self.microsecondsPerDay)
        var rest = Int(moment % Self.microsecondsPerDay)
        if rest < 0 {
            rest += Int(Self.microsecondsPerDay)
            days -= 1
        }
        self.init(daysSince1970: days)
        microsecond = rest % 1_000_000
        rest /= 1_000_000
        second = rest % 60
        minute = rest / 60 % 60
        hour = rest / 3600
    }

    /// Converts days to a date by Howard Hinnant's algorithm: years begin in March, and 400 of them have 146,097 days.
    private init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.init(year: year, month: month, day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Days since 1970-01-01: the inverse of `init(daysSince1970:)`.
    var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Microseconds since 1970 in UTC.
    var microseconds: Int64 {
        let seconds = Int64(hour * 3600 + minute * 60 + second)
        return Int64(daysSince1970) * Self.microsecondsPerDay + seconds * 1_000_000 + Int64(microsecond)
    }

    /// 0 for Sunday to 6 for Saturday.
    var weekday: Int {
        let day = (daysSince1970 + 4) % 7
        return day < 0 ? day + 7 : day
    }

    /// Returns the number of days in a month, or nil if there is no such month.
    static func days(in month: Int, of year: Int) -> Int? {
        switch month {
        case 1, 3, 5, 7, 8, 10, 12: 31
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: nil
        }
    }
}
