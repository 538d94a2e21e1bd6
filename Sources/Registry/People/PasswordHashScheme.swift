/// The kinds of stored password hashes that are verified; anything else is refused.
///
/// libcrypt takes a value without a known prefix for a DES hash, which would make nonsense in the database a weak
/// password.
package enum PasswordHashScheme: CaseIterable, Sendable {
    case yescrypt
    case sha512
    case sha256
    case bcrypt

    /// Finds the scheme of a stored hash; nil if it is none of these.
    package init?(ofHash hash: String) {
        guard hash.utf8.count < 384, hash.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        guard let scheme = Self.allCases.first(where: { $0.prefixes.contains(where: hash.hasPrefix) }) else {
            return nil
        }
        self = scheme
    }

    /// The beginnings by which people know the hashes, in words for a message.
    package static let description = "$y$, $6$, $5$ or $2b$"

    private var prefixes: [String] {
        switch self {
        case .yescrypt: ["$y$"]
        case .sha512: ["$6$"]
        case .sha256: ["$5$"]
        case .bcrypt: ["$2b$", "$2a$", "$2y$"]
        }
    }

    /// The most bytes of a password that the scheme takes into account; nil if it takes all that libcrypt does.
    ///
    /// bcrypt ignores all after 72: any text with the right beginning would do. Such a password is refused, and must be
    /// set again.
    package var maxPasswordLength: Int? {
        self == .bcrypt ? 72 : nil
    }

    /// Returns whether a text is a whole hash of a known scheme: one that was cut, or lost its `$` in a shell, would lock
    /// its user out.
    package static func isWhole(_ hash: String) -> Bool {
        guard let scheme = PasswordHashScheme(ofHash: hash) else { return false }
        // An empty part before the first `$`, then the scheme, its parameters and the salt, and the hash.
        let parts = hash.split(separator: "$", omittingEmptySubsequences: false)
        guard let digest = parts.last, digest.utf8.allSatisfy(Self.isHashByte) else { return false }
        return switch scheme {
        case .yescrypt: parts.count == 5 && !parts[3].isEmpty && digest.utf8.count == 43
        case .sha512: (4...5).contains(parts.count) && digest.utf8.count == 86
        case .sha256: (4...5).contains(parts.count) && digest.utf8.count == 43
        case .bcrypt: parts.count == 4 && Int(parts[2]).map { (4...31).contains($0) } == true && digest.utf8.count == 53
        }
    }

    /// Returns whether a byte is of the alphabet of crypt(5): letters, digits, `.` and `/`.
    private static func isHashByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: ".")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
