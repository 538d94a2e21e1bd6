import Crypto
import FoundationEssentials
import PackagingStandards
import SwiftASN1
import X509

/// A public key that signs, with the one algorithm that Sigstore uses for its kind.
///
/// <https://github.com/sigstore/architecture-docs/blob/main/algorithm-registry.md>
struct SignatureKey: Hashable, Sendable {
    /// The kinds that are known, as `dev.sigstore.common.v1.PublicKeyDetails` names them with their algorithms.
    static let kinds: Set<String> = [
        "PKIX_ECDSA_P256_SHA_256", "PKIX_ECDSA_P384_SHA_384", "PKIX_ECDSA_P521_SHA_512", "PKIX_ED25519",
        "PKIX_RSA_PKCS1V15_2048_SHA256", "PKIX_RSA_PKCS1V15_3072_SHA256", "PKIX_RSA_PKCS1V15_4096_SHA256",
    ]

    let isECDSA: Bool
    private let key: Certificate.PublicKey
    private let algorithm: Certificate.SignatureAlgorithm

    init(_ key: Certificate.PublicKey) {
        self.key = key
        if P256.Signing.PublicKey(key) != nil {
            (algorithm, isECDSA) = (.ecdsaWithSHA256, true)
        } else if P384.Signing.PublicKey(key) != nil {
            (algorithm, isECDSA) = (.ecdsaWithSHA384, true)
        } else if P521.Signing.PublicKey(key) != nil {
            (algorithm, isECDSA) = (.ecdsaWithSHA512, true)
        } else if Curve25519.Signing.PublicKey(key) != nil {
            (algorithm, isECDSA) = (.ed25519, false)
        } else {
            // The only other kind that X509 reads is RSA.
            (algorithm, isECDSA) = (.sha256WithRSAEncryption, false)
        }
    }

    /// Reads a SubjectPublicKeyInfo in DER; nil if it is malformed or of an unknown kind.
    init?(publicKeyInfo bytes: [UInt8]) {
        guard let key = try? Certificate.PublicKey(derEncoded: bytes) else { return nil }
        self.init(key)
    }

    /// Whether the algorithm hashes with SHA-256, as all signatures of certificate transparency do.
    var usesSHA256: Bool { algorithm == .ecdsaWithSHA256 || algorithm == .sha256WithRSAEncryption }

    /// Returns whether a signature (DER for ECDSA) is this key's for the bytes.
    func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
        key.isValidSignature(signature, for: bytes, signatureAlgorithm: algorithm)
    }
}

/// The key of a transparency log or a certificate transparency log.
struct LogKey: Hashable, Sendable {
    /// What entries and timestamps name the key by: for Rekor version 1 and certificate transparency, the SHA-256 digest
    /// of its SubjectPublicKeyInfo.
    let id: [UInt8]
    let key: SignatureKey
    let period: ValidityPeriod

    init(id: [UInt8], key: SignatureKey, period: ValidityPeriod) {
        self.id = id
        self.key = key
        self.period = period
    }

    /// Reads a SubjectPublicKeyInfo in DER, and names the key by its digest; nil if it is malformed or of an unknown kind.
    init?(publicKeyInfo bytes: [UInt8]) {
        guard let key = SignatureKey(publicKeyInfo: bytes) else { return nil }
        self.init(id: SHA256Digest(hashing: bytes).bytes, key: key, period: .always)
    }
}

/// The time in which a key or an authority was in use.
struct ValidityPeriod: Hashable, Sendable {
    let start: Timestamp?
    let end: Timestamp?

    static let always = ValidityPeriod(start: nil, end: nil)

    func contains(_ time: Timestamp) -> Bool {
        if let start, time < start { return false }
        if let end, time > end { return false }
        return true
    }
}

extension Timestamp {
    init(seconds: Int64) {
        self.init(microseconds: seconds * 1_000_000)
    }
}
