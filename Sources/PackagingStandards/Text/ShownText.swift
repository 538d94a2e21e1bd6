/// Texts from outside, as messages show them.
package enum ShownText {
    /// Returns a text between quotes, cut after 200 bytes, with unprintable characters escaped.
    package static func quoted(_ text: some Collection<UInt8>) -> String {
        let limit = 200
        var shown = "'"
        for scalar in String(decoding: text.prefix(limit), as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                shown += escape(scalar)
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown + (text.count > limit ? "…'" : "'")
    }

    /// Returns a text between quotes, cut after 200 bytes, with unprintable characters escaped.
    package static func quoted(_ text: String) -> String {
        quoted(text.utf8)
    }

    /// Returns a text between quotes in printable ASCII, which heads of answers need, cut after 130 characters.
    package static func quotedInASCII(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            guard shown.unicodeScalars.count < 130 else {
                shown += "..."
                break
            }
            if (0x20..<0x7F).contains(scalar.value), scalar != "'" {
                shown.unicodeScalars.append(scalar)
            } else {
                shown += escape(scalar)
            }
        }
        return "'\(shown)'"
    }

    /// Returns the escape for a character, as in Swift: `\u{2028}`.
    package static func escape(_ scalar: Unicode.Scalar) -> String {
        "\\u{" + String(scalar.value, radix: 16) + "}"
    }
}
