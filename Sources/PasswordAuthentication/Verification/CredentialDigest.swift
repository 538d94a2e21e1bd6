import Crypto
import Registry

/// A digest that stands for a user name and a password in memory, without giving either away: an HMAC-SHA256 under a
/// key that only this process has.
struct CredentialDigest: Hashable, Sendable {
    private let code: [UInt8]

    /// Makes digests under one random key.
    struct Maker: Sendable {
        private let key = SymmetricKey(size: .bits256)

        func digest(user: String, password: SentPassword) -> CredentialDigest {
            var hmac = HMAC<SHA256>(key: key)
            // The name's length keeps ("a", "bc") and ("ab", "c") apart.
            withUnsafeBytes(of: UInt64(user.utf8.count).littleEndian) { hmac.update(data: $0) }
            hmac.update(data: Array(user.utf8))
            hmac.update(data: password.bytes)
            return CredentialDigest(code: Array(hmac.finalize()))
        }
    }
}
