import Crypto
import CryptoExtras
import Foundation
import Logging
import PackagingStandards
import Registry
import Synchronization

@testable import OIDCAuthentication

/// The keys and tokens of an issuer, good and bad.
final class TestIssuer: Sendable {
    static let url = "https://ci.example.com"
    static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    static let seconds = 1_800_000_000

    let curve = P256.Signing.PrivateKey()
    let rsa: _RSA.Signing.PrivateKey
    let issuer = IdentityIssuer(name: "ci", url: url, kind: .generic, audience: "cellar")
    private let asked = Mutex(0)

    init() throws {
        rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    }

    /// How often the keys were fetched.
    var fetches: Int { asked.withLock { $0 } }

    /// Both keys as they are published.
    var published: [[String: String]] {
        get throws {
            let point = curve.publicKey.rawRepresentation
            let numbers = try rsa.publicKey.getKeyPrimitives()
            return [
                [
                    "kty": "EC", "crv": "P-256", "kid": "curve", "use": "sig", "x": Self.encode(point.prefix(32)),
                    "y": Self.encode(point.suffix(32)),
                ],
                [
                    "kty": "RSA", "kid": "rsa", "alg": "RS256", "n": Self.encode(numbers.modulus),
                    "e": Self.encode(numbers.publicExponent),
                ],
            ]
        }
    }

    func document(_ keys: [[String: String]]) throws -> [UInt8] {
        Array(try JSONEncoder().encode(["keys": keys]))
    }

    /// Returns a verifier that has the keys of this issuer alone.
    func verifier() -> IdentityVerifier {
        let keys = IssuerKeys(of: issuer, now: { ContinuousClock.now }, logger: Logger(label: "test")) {
            () async throws(IssuerFailure) -> KeySet in
            self.asked.withLock { $0 += 1 }
            guard let document = try? self.document(self.published) else { throw IssuerFailure("no document") }
            return try await KeySet(document)
        }
        return IdentityVerifier(
            [IdentityVerifier.Source(issuer: issuer, keys: keys, close: {})], clock: WallClock { Self.now })
    }

    // MARK: Tokens

    /// The claims of a good token, changed.
    static func claims(_ changes: [String: Any?] = [:]) -> [String: Any] {
        var claims: [String: Any] = [
            "iss": url, "aud": "cellar", "sub": "job", "iat": seconds - 10, "nbf": seconds - 10, "exp": seconds + 300,
            "jti": "one",
        ]
        for (name, value) in changes { claims[name] = value }
        return claims
    }

    func token(
        _ claims: [String: Any] = TestIssuer.claims(), header changes: [String: Any?] = [:], kid: String = "curve"
    ) throws -> String {
        var header: [String: Any] = ["alg": kid == "rsa" ? "RS256" : "ES256", "typ": "JWT", "kid": kid]
        for (name, value) in changes { header[name] = value }
        let signed = try Self.segment(header) + "." + Self.segment(claims)
        return try signed + "." + Self.encode(sign(Data(signed.utf8), kid))
    }

    private func sign(_ bytes: Data, _ kid: String) throws -> Data {
        guard kid == "rsa" else { return try curve.signature(for: bytes).rawRepresentation }
        return try rsa.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation
    }

    static func segment(_ object: [String: Any]) throws -> String {
        encode(try JSONSerialization.data(withJSONObject: object))
    }

    static func encode(_ bytes: some DataProtocol) -> String {
        Base64.encodeForURLs(Array(bytes))
    }
}
