import Crypto
import CryptoExtras
import FoundationEssentials
import PackagingStandards
import Registry

/// Signs addresses of Amazon CloudFront with a canned policy: until a moment, from anywhere.
///
/// Source: Amazon CloudFront Developer Guide, "Create a signed URL using a canned policy". RSA with SHA-1 is what it takes.
struct CloudFrontSigner: Sendable {
    private let keyID: String
    private let key: _RSA.Signing.PrivateKey

    /// Throws `RegistryError` `.invalidRequest` if the text is no private RSA key in PEM.
    init(keyID: String, privateKey pem: String) throws {
        self.keyID = keyID
        do {
            key = try _RSA.Signing.PrivateKey(pemRepresentation: pem)
        } catch {
            throw RegistryError(.invalidRequest, "storage.cloudfront_key is no private RSA key in PEM.", cause: error)
        }
    }

    /// Returns an address without a query, signed until a moment.
    func sign(_ url: String, until end: Timestamp) throws -> String {
        let seconds = end.microseconds / 1_000_000
        let policy =
            #"{"Statement":[{"Resource":""# + url + #"","Condition":{"DateLessThan":{"AWS:EpochTime":"# + "\(seconds)"
            + "}}}]}"
        let digest = Insecure.SHA1.hash(data: Array(policy.utf8))
        let signature = try key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation
        return "\(url)?Expires=\(seconds)&Signature=\(Self.encode(signature))&Key-Pair-Id=\(keyID)"
    }

    /// Base64 with `-`, `_` and `~` for what has a meaning in an address.
    private static func encode(_ bytes: Data) -> String {
        String(
            bytes.base64EncodedString().map { digit in
                switch digit {
                case "+": "-"
                case "=": "_"
                case "/": "~"
                default: digit
                }
            })
    }
}
