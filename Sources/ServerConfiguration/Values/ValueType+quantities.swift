extension ValueType where Value == Int64 {
    /// Returns the type of numbers of bytes, written with a unit: `B`, `KiB`, `MiB`, `GiB` or `TiB` (powers of 1024); `0` needs
    /// none.
    static func size(atLeast minimum: Int64 = 0) -> ValueType {
        text(
            "size", expected: "a size such as \"512MiB\" or \"4GiB\"",
            explain: { text in
                guard let size = ByteSize.read(text), size < minimum else { return nil }
                return "must be at least \(quoted(ByteSize.write(minimum))), not \(quoted(text))"
            },
            write: ByteSize.write
        ) { text in
            ByteSize.read(text).flatMap { $0 >= minimum ? $0 : nil }
        }
    }
}

extension ValueType where Value == Duration {
    /// Returns the type of lengths of time, written with a unit: `s`, `m` (or `min`), `h` or `d`.
    static func duration(_ range: ClosedRange<Duration>) -> ValueType {
        text(
            "duration", expected: "a duration such as \"30s\", \"5m\", \"24h\" or \"7d\"",
            explain: { text in
                guard let duration = TimeLength.read(text), !range.contains(duration) else { return nil }
                return "must be from \(quoted(TimeLength.write(range.lowerBound))) to "
                    + "\(quoted(TimeLength.write(range.upperBound))), not \(quoted(text))"
            },
            write: TimeLength.write
        ) { text in
            TimeLength.read(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

/// Sizes in bytes as they are written in the configuration.
package enum ByteSize {
    /// The units, largest first.
    private static let units: [(name: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    /// Reads `512MiB`; nil if the text is not a size, or more than 8 EiB.
    package static func read(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        return readQuantity(text, units: units.map { ($0.name, $0.bytes) })
    }

    /// Writes a size in the largest unit that holds it without a remainder.
    static func write(_ size: Int64) -> String {
        guard size != 0, let unit = units.first(where: { size % $0.bytes == 0 }) else { return "0" }
        return "\(size / unit.bytes)\(unit.name)"
    }
}

/// Lengths of time as they are written in the configuration.
package enum TimeLength {
    /// The units in seconds, largest first; of two names of one, the first is written.
    private static let units: [(name: String, seconds: Int64)] = [
        ("d", 86_400), ("h", 3600), ("m", 60), ("min", 60), ("s", 1),
    ]

    /// Reads `30s`; nil if the text is not a duration.
    package static func read(_ text: String) -> Duration? {
        readQuantity(text, units: units.map { ($0.name, $0.seconds) }).map { .seconds($0) }
    }

    /// Writes a duration in the largest unit that holds it without a remainder; parts of a second are left out.
    static func write(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        guard seconds != 0, let unit = units.first(where: { seconds % $0.seconds == 0 }) else { return "0s" }
        return "\(seconds / unit.seconds)\(unit.name)"
    }
}

/// Reads a whole number that a unit follows, with at most one space between; nil if it is not one or overflows.
private func readQuantity(_ text: String, units: [(String, Int64)]) -> Int64? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    var unit = text[digits.endIndex...]
    if unit.first == " " { unit.removeFirst() }
    guard let number = Int64(digits), let factor = units.first(where: { $0.0 == unit })?.1 else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? nil : product
}
