import FoundationEssentials
import JWTKit

/// A public key of an issuer, with the one algorithm that it signs by.
struct VerificationKey: Sendable {
    let algorithm: String
    private let key: any JWTAlgorithm

    init(algorithm: String, _ key: any JWTAlgorithm) {
        self.algorithm = algorithm
        self.key = key
    }

    /// Returns whether a token is signed by the key, with the key's algorithm.
    ///
    /// What the token says of its algorithm is only compared: a public key is never taken for a shared secret.
    func signed(_ token: CompactToken) -> Bool {
        guard token.algorithm.utf8.elementsEqual(algorithm.utf8) else { return false }
        return (try? key.verify(token.signature, signs: token.signed)) ?? false
    }
}
