import Registry

/// The texts that the bytes of a sent password may be, the likeliest first.
///
/// requests (pip, twine, Poetry) sends ISO-8859-1, uv and browsers UTF-8; and what was set before passwords were
/// normalized must be read as it is. ASCII has one reading, any other at most four, so that a wrong password costs no
/// more verifications than that.
enum PasswordReadings {
    /// Returns the texts; none for bytes that are no text in either encoding.
    static func of(_ password: SentPassword) -> [String] {
        let bytes = password.bytes
        guard !bytes.allSatisfy({ $0 < 0x80 }) else { return [String(decoding: bytes, as: UTF8.self)] }
        var readings: [String] = []
        if let text = String(validating: bytes, as: UTF8.self) { add(text, to: &readings) }
        // No password has ISO-8859-1's control characters, which most texts in UTF-8 would be read to hold.
        if bytes.allSatisfy({ !(0x80...0x9F).contains($0) }) {
            var latin = String.UnicodeScalarView()
            for byte in bytes { latin.append(Unicode.Scalar(byte)) }
            add(String(latin), to: &readings)
        }
        return readings
    }

    /// Compares bytes: texts that look alike are equal in Swift.
    private static func add(_ text: String, to readings: inout [String]) {
        for reading in [OpaqueString.normalized(text), text]
        where !readings.contains(where: { $0.utf8.elementsEqual(reading.utf8) }) {
            readings.append(reading)
        }
    }
}
