import FoundationEssentials
import JWTKit

/// The published keys of an issuer (RFC 7517), by their names.
///
/// Keys without a name, for encryption, of unknown kinds and with private parts are left out: there may be some for
/// others. Shared secrets are of a kind that is not known here.
struct KeySet: Sendable {
    /// The most bytes of the document.
    static let largest = 256 << 10
    /// The most keys in it.
    static let mostKeys = 64
    /// The most characters of an RSA key's modulus: 8,192 bits. It bounds how long a verification takes.
    private static let longestModulus = 1_366
    /// The most characters of an RSA key's exponent: 32 bits.
    private static let longestExponent = 6

    private let keys: [String: VerificationKey]

    init(_ keys: [String: VerificationKey] = [:]) {
        self.keys = keys
    }

    /// Reads the document. Throws `IssuerFailure` for what is none, and for one without a single key that can be used.
    init(_ bytes: [UInt8]) async throws(IssuerFailure) {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else {
            throw IssuerFailure("its keys are no JSON Web Key Set (RFC 7517)")
        }
        guard document.keys.count <= Self.mostKeys else {
            throw IssuerFailure("it publishes \(document.keys.count) keys, more than \(Self.mostKeys)")
        }
        var keys: [String: VerificationKey] = [:]
        for entry in document.keys {
            guard let name = entry.value?.kid, keys[name] == nil, let key = await entry.value?.key() else { continue }
            keys[name] = key
        }
        guard !keys.isEmpty else { throw IssuerFailure("it publishes no key that can be used") }
        self.keys = keys
    }

    subscript(name: String) -> VerificationKey? { keys[name] }

    private struct Document: Decodable {
        let keys: [Entry]
    }

    /// One of the keys; nil for what cannot be read.
    private struct Entry: Decodable {
        let value: PublishedKey?

        init(from decoder: any Decoder) throws {
            value = try? PublishedKey(from: decoder)
        }
    }

    private struct PublishedKey: Decodable {
        let kty: String
        let kid: String
        let use: String?
        let alg: String?
        let n: String?
        let e: String?
        let crv: String?
        let x: String?
        let y: String?
        let d: String?

        /// Returns the key to verify with, or nil if it is for something else.
        func key() async -> VerificationKey? {
            guard use ?? "sig" == "sig", d == nil, (1...CompactToken.longestKeyID).contains(kid.utf8.count) else {
                return nil
            }
            guard let jwk, let algorithm = jwk.algorithm else { return nil }
            let collection = JWTKeyCollection()
            guard (try? await collection.add(jwk: jwk)) != nil, let key = try? await collection.getKey() else {
                return nil
            }
            return VerificationKey(algorithm: algorithm.rawValue, key)
        }

        private var jwk: JWK? {
            let name = JWKIdentifier(string: kid)
            switch kty {
            case "RSA":
                guard let n, let e, n.utf8.count <= longestModulus, e.utf8.count <= longestExponent else { return nil }
                // Some issuers do not say the algorithm: it is the one that every issuer must know.
                guard let algorithm = JWK.Algorithm(rawValue: alg ?? "RS256"), Self.ofRSA.contains(algorithm.rawValue)
                else { return nil }
                return .rsa(algorithm, identifier: name, modulus: n, exponent: e)
            case "EC":
                guard let crv, let x, let y, x.utf8.count <= 88, y.utf8.count <= 88, let only = Self.ofCurves[crv],
                    alg ?? only == only, let algorithm = JWK.Algorithm(rawValue: only)
                else { return nil }
                return .ecdsa(algorithm, identifier: name, x: x, y: y, curve: ECDSACurve(rawValue: crv))
            case "OKP":
                guard crv == "Ed25519", let x, x.utf8.count <= 44, alg ?? "EdDSA" == "EdDSA" else { return nil }
                return .octetKeyPair(.eddsa, identifier: name, x: x, y: nil, curve: .ed25519)
            default: return nil
            }
        }

        private static let ofRSA: Set = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
        private static let ofCurves = ["P-256": "ES256", "P-384": "ES384", "P-521": "ES512"]
    }
}
