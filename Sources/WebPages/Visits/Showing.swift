import PackagingStandards
import Registry

extension PageVisit {
    /// Returns a day, in UTC, as people write it.
    func date(_ moment: Timestamp) -> String {
        let parts = moment.iso8601.prefix(10).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return "" }
        switch language {
        case .english:
            let months = [
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December",
            ]
            return "\(parts[2]) \(months[parts[1] - 1]) \(parts[0])"
        case .japanese: return "\(parts[0])年\(parts[1])月\(parts[2])日"
        }
    }

    /// Returns a moment, in UTC, to the minute.
    func moment(_ moment: Timestamp) -> String {
        "\(date(moment)) \(moment.iso8601.dropFirst(11).prefix(5)) UTC"
    }

    /// Returns a number with its digits in groups of three.
    func number(_ number: Int64) -> String {
        var text = ""
        for (place, digit) in String(number.magnitude).reversed().enumerated() {
            if place > 0, place.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }

    /// Returns a size in a unit that suits it, such as `1.4 MB`; these are powers of ten.
    func size(_ bytes: Int64) -> String {
        let units = ["kB", "MB", "GB", "TB"]
        guard bytes >= 1000 else { return "\(bytes) B" }
        var tenths = bytes / 100
        var unit = 0
        while tenths >= 10_000, unit < units.count - 1 {
            tenths /= 1000
            unit += 1
        }
        let isLarge = tenths >= 1000
        return (isLarge ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)") + " \(units[unit])"
    }
}

/// Texts that publishers write, as pages show them.
enum Foreign {
    /// The most characters of a line.
    private static let longest = 500

    /// Returns a text in one line, without characters that nobody sees or that turn the direction of others, and cut if it is
    /// very long.
    static func line(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(longest) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: shown += " "
            case .format where scalar != "\u{200D}" && scalar != "\u{200C}", .surrogate, .unassigned, .privateUse:
                continue
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > longest ? shown + "…" : shown
    }
}
