import Registry

/// The rules for passwords that people choose here; passwords from elsewhere are verified as they are.
package enum NewPassword {
    /// The fewest characters of a new password (NIST SP 800-63B §5.1.1).
    package static let minimumLength = 8

    /// Returns why a text can't be a new password, as a sentence, or nil if it can.
    package static func problem(with text: String) -> String? {
        let password = OpaqueString.normalized(text)
        guard password.count >= minimumLength else {
            return "A password has at least \(minimumLength) characters."
        }
        guard password.utf8.count <= Crypt.maxPasswordLength else {
            return "A password has at most \(Crypt.maxPasswordLength) bytes in UTF-8."
        }
        // RFC 7617 §2: control characters can't be sent in a Basic header.
        guard password.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return "A password has no control characters."
        }
        guard !PasswordReading.isAmbiguous(password) else {
            return """
                pip and twine would send this password so that it is read as another; change one of the characters that \
                are not ASCII.
                """
        }
        guard !TokenText.isMeant(password.utf8) else {
            return "A password does not begin with \(TokenText.prefix): that is how tokens begin."
        }
        return nil
    }
}
