/// The kinds of stored hashes that are verified; anything else is refused.
///
/// libcrypt takes a value without a known prefix for a DES hash, which would make nonsense in the database a weak
/// password.
enum HashScheme: CaseIterable {
    case yescrypt
    case sha512
    case sha256
    case bcrypt

    /// Finds the scheme of a stored hash; nil if it is none of these.
    init?(ofHash hash: String) {
        guard hash.utf8.count < 384, hash.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        guard let scheme = Self.allCases.first(where: { $0.prefixes.contains(where: hash.hasPrefix) }) else {
            return nil
        }
        self = scheme
    }

    private var prefixes: [String] {
        switch self {
        case .yescrypt: ["$y$"]
        case .sha512: ["$6$"]
        case .sha256: ["$5$"]
        case .bcrypt: ["$2b$", "$2a$", "$2y$"]
        }
    }

    /// The most bytes of a password that the scheme takes into account.
    ///
    /// bcrypt ignores all after 72: any text with the right beginning would do. Such a password is refused, and must be
    /// set again.
    var maxPasswordLength: Int {
        self == .bcrypt ? 72 : Crypt.maxPasswordLength
    }
}
