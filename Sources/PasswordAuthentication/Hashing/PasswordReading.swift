import Registry

/// The text that the bytes of a sent password are.
///
/// Browsers and uv send UTF-8; requests (pip, twine, Poetry) sends ISO-8859-1. Bytes that are UTF-8 are read so, and no
/// password may be set that would be UTF-8 when it is sent in ISO-8859-1 (`NewPassword`): each sent password has one
/// reading, and a wrong one costs one verification.
enum PasswordReading {
    /// Returns the normalized text, or nil for bytes that are no text in either encoding.
    static func of(_ password: SentPassword) -> String? {
        if let text = String(validating: password.bytes, as: UTF8.self) { return OpaqueString.normalized(text) }
        // No password has the control characters of ISO-8859-1.
        guard password.bytes.allSatisfy({ !(0x80...0x9F).contains($0) }) else { return nil }
        var latin = String.UnicodeScalarView()
        for byte in password.bytes { latin.append(Unicode.Scalar(byte)) }
        return OpaqueString.normalized(String(latin))
    }

    /// Returns whether a text that is sent in ISO-8859-1 would be read as another.
    static func isAmbiguous(_ text: String) -> Bool {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return false }
        let latin = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        return latin.count == text.unicodeScalars.count && String(validating: latin, as: UTF8.self) != nil
    }
}
