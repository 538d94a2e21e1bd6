@_spi(_Unicode) import Swift

/// One form for all spellings of a password that look alike: PRECIS's profile OpaqueString (RFC 8265 §4.2).
///
/// Spaces of any kind become the space of ASCII, and accents are put together with their letters (NFC), so that what a
/// keyboard or an operating system makes of a character does not matter.
enum OpaqueString {
    /// Returns the text in that form; ASCII has no other.
    static func normalized(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var spaced = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            spaced.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
        }
        var composed = String.UnicodeScalarView()
        // The standard library's own NFC. It has no public name yet; Foundation's costs ICU.
        for scalar in String(spaced)._nfc { composed.append(scalar) }
        return String(composed)
    }
}
