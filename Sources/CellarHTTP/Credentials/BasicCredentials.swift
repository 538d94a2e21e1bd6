import PackagingStandards
package import Registry

/// Why an `Authorization` header isn't read as Basic credentials.
package enum BasicCredentialsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The header names another scheme, such as Bearer, or none.
    case otherScheme
    /// The credentials are missing or not base64.
    case malformedBase64
    /// No colon separates user name and password.
    case noColon
    /// There is a NUL or another control character (RFC 7617 §2 forbids them).
    case controlCharacter
    /// The header is longer than ``BasicCredentials/longestHeader``.
    case tooLong

    package var description: String {
        switch self {
        case .otherScheme: "The Authorization header must use the Basic scheme."
        case .malformedBase64: "The Authorization header's credentials aren't valid base64."
        case .noColon: "The Authorization header holds no colon between user name and password."
        case .controlCharacter: "The user name and password may not hold control characters."
        case .tooLong: "The Authorization header is too long."
        }
    }
}

/// A user name and a password from an `Authorization: Basic` header (RFC 7617).
///
/// The password is what was sent: in UTF-8, as the challenge asks, or in ISO-8859-1, as many clients do all the same.
/// Either may be empty. The password never shows when the value is printed.
package struct BasicCredentials: Hashable, Sendable {
    /// The most bytes that the header's value may have: room for a token that is a JSON web token.
    package static let longestHeader = 16 << 10

    package let username: String
    package let password: SentPassword

    package init(username: String, password: SentPassword) {
        self.username = username
        self.password = password
    }

    /// Reads an `Authorization` header's value.
    ///
    /// The user name ends at the first colon; the password may hold more of them.
    ///
    /// - Throws: why the header holds no Basic credentials.
    package init(header: String) throws(BasicCredentialsError) {
        let header = header.utf8
        guard header.count <= Self.longestHeader else { throw .tooLong }
        var rest = header[...]
        guard Self.dropScheme(from: &rest) else { throw .otherScheme }
        guard !rest.isEmpty, let bytes = Base64.decode(rest) else { throw .malformedBase64 }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { throw .noColon }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .controlCharacter }
        // Names are ASCII; what is none of a name's bytes is no name, however it is read.
        let username = String(decoding: bytes[..<colon], as: UTF8.self)
        self.init(username: username, password: SentPassword(bytes: Array(bytes[(colon + 1)...])))
    }

    /// Drops `Basic`, in any case, and the spaces behind it.
    private static func dropScheme(from header: inout Substring.UTF8View) -> Bool {
        let scheme = header.prefix(6)
        guard scheme.elementsEqual("basic ".utf8, by: { $0 | 0x20 == $1 }), scheme.last == UInt8(ascii: " ") else {
            return false
        }
        header = header.dropFirst(6).drop { $0 == UInt8(ascii: " ") }
        while header.last == UInt8(ascii: " ") { header.removeLast() }
        return true
    }
}

extension BasicCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "BasicCredentials(username: \(username), password: redacted)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}
