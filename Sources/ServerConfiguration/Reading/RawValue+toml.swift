import TOMLKit

extension RawValue {
    /// Reads a whole TOML document.
    ///
    /// - Throws: `ConfigurationError` with the line where the syntax is wrong.
    static func document(_ text: String, file: String) throws(ConfigurationError) -> [String: RawValue] {
        // The parser beneath takes C strings: it would cut the document, or one of its texts, at a NUL.
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.utf8.contains(0), !line.contains("\\u0000"), !line.contains("\\U00000000") else {
                throw ConfigurationError(
                    place: .file(file, line: index + 1), message: "a NUL character is not allowed here")
            }
        }
        do {
            return try members(of: TOMLTable(string: text))
        } catch let error as TOMLParseError {
            throw ConfigurationError(
                place: .file(file, line: error.source.begin.line), message: "not valid TOML: \(error.description)")
        } catch {
            throw ConfigurationError(place: .file(file, line: nil), message: "not valid TOML: \(error)")
        }
    }

    private static func members(of table: TOMLTable) -> [String: RawValue] {
        var members: [String: RawValue] = [:]
        for key in table.keys {
            if let value = table[key] { members[key] = RawValue(value.tomlValue) }
        }
        return members
    }

    private init(_ value: TOMLValue) {
        switch value.type {
        case .string: self = value.string.map(RawValue.text) ?? .unusable("text")
        case .int: self = value.int.map(RawValue.integer) ?? .unusable("a number")
        case .bool: self = value.bool.map(RawValue.boolean) ?? .unusable("true or false")
        case .array: self = .list(value.array.map { $0.map { RawValue($0.tomlValue) } } ?? [])
        case .table: self = .table(value.table.map(Self.members(of:)) ?? [:])
        case .double: self = .unusable("a number with a decimal point")
        case .date: self = value.date.map { .moment(Self.text(of: $0)) } ?? .unusable("a date")
        case .dateTime: self = value.dateTime.map { .moment(Self.text(of: $0)) } ?? .unusable("a date and time")
        case .time: self = .unusable("a time")
        }
    }

    private static func text(of date: TOMLDate) -> String {
        "\(digits(date.year, 4))-\(digits(date.month, 2))-\(digits(date.day, 2))"
    }

    /// Returns a moment in the form of RFC 3339; one without an offset is in UTC.
    private static func text(of moment: TOMLDateTime) -> String {
        let (time, offset) = (moment.time, moment.offset?.offset ?? 0)
        let clock = [time.hour, time.minute, time.second].map { digits($0, 2) }.joined(separator: ":")
        let (hours, minutes) = (abs(offset) / 60, abs(offset) % 60)
        let zone = offset == 0 ? "Z" : "\(offset < 0 ? "-" : "+")\(digits(hours, 2)):\(digits(minutes, 2))"
        return "\(text(of: moment.date))T\(clock).\(digits(time.nanoSecond, 9))\(zone)"
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
