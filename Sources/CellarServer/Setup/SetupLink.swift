import PackagingStandards

/// The secret part of the one-time link with which the first administrator is made. All servers on one database have the
/// same one, which the database keeps.
struct SetupLink: Sendable {
    /// 256 random bits in base64url (RFC 4648 §5), without padding.
    let token: String

    /// Takes the token that the database keeps.
    init(token: String) {
        self.token = token
    }

    /// Makes a link that nobody can guess.
    init() {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        token = Base64.encodeForURLs(bytes)
    }

    /// The path of the link's page.
    var path: String { "/-/setup/\(token)" }

    /// Returns whether a text is the token; takes the same time wherever they differ.
    func matches(_ candidate: String) -> Bool {
        let left = Array(token.utf8)
        let right = Array(candidate.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
