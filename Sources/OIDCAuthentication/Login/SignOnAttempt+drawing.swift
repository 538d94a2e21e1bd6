import Crypto
import PackagingStandards
import Registry

extension SignOnAttempt {
    /// Draws a new attempt: 256 random bits each.
    init(using generator: inout some RandomNumberGenerator) {
        func draw() -> String {
            Base64.encodeForURLs((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        }
        self.init(state: draw(), nonce: draw(), verifier: draw())
    }

    /// What the authorization request says of the verifier (RFC 7636 §4.2, S256).
    var challenge: String {
        Base64.encodeForURLs(Array(SHA256.hash(data: Array(verifier.utf8))))
    }
}
