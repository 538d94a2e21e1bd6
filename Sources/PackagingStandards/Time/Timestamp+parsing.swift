extension Timestamp {
    /// Reads an ISO 8601 date and time such as `2026-11-21T08:49:37.123456Z`, or answers nil if the text is malformed.
    ///
    /// Seconds may have any number of decimals, those past the sixth are dropped; the offset may be `Z`, `+hh:mm` or
    /// missing, which means UTC (PyPI's JSON API writes `upload_time` so); a space may stand for the `T`. A leap second
    /// counts as the next second.
    public init?(iso8601 text: String) {
        var text = text
        guard let moment = text.withUTF8({ Timestamp(iso8601: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = moment
    }

    /// Reads the same from UTF-8 bytes, as pages of thousands of files want it.
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

        /// Microseconds; 0 if there are no decimals, nil if there is only the point.
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

        /// Minutes east of UTC.
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
