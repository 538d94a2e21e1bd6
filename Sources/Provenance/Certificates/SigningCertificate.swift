import FoundationEssentials
import PackagingStandards
import SwiftASN1
import X509

/// A certificate of the kind that Fulcio issues for signing, parsed and of the right form, but not yet trusted.
///
/// <https://github.com/sigstore/fulcio/blob/main/docs/certificate-specification.md>
struct SigningCertificate: Sendable {
    let certificate: Certificate
    let bytes: [UInt8]
    let key: SignatureKey
    /// The issuer of the token that the certificate was issued for.
    let issuer: String
    /// The e-mail addresses, URIs and user names that it was issued to.
    let identities: [String]
    let claims: [FulcioClaim: String]

    /// - Throws: `.certificateInvalid` if it is malformed, or not for signing.
    init(_ bytes: [UInt8]) throws(ProvenanceError) {
        let certificate: Certificate
        let extensions: Certificate.Extensions
        do {
            certificate = try Certificate(derEncoded: bytes)
            extensions = certificate.extensions
            guard certificate.version == .v3 else { throw Self.refusal("is not of version 3") }
            guard Set(extensions.map(\.oid)).count == extensions.count else {
                throw Self.refusal("has an extension twice")
            }
            guard try extensions.keyUsage?.digitalSignature == true else {
                throw Self.refusal("is not for digital signatures")
            }
            guard try extensions.extendedKeyUsage?.contains(.codeSigning) == true else {
                throw Self.refusal("is not for code signing")
            }
            if case .isCertificateAuthority = try extensions.basicConstraints {
                throw Self.refusal("is an authority's own")
            }
            identities = try Self.identities(extensions)
            claims = try Self.claims(extensions)
        } catch let error as ProvenanceError {
            throw error
        } catch {
            throw Self.refusal("is malformed")
        }
        let key = SignatureKey(certificate.publicKey)
        guard key.isECDSA else { throw Self.refusal("has a key that is not ECDSA") }
        self.key = key
        self.certificate = certificate
        self.bytes = bytes
        issuer = try Self.issuer(extensions, claims)
    }

    // MARK: Extensions

    /// The object identifier below which Fulcio's extensions are.
    private static let fulcio: [UInt] = [1, 3, 6, 1, 4, 1, 57264, 1]

    private static func value(of number: UInt, in extensions: Certificate.Extensions) throws -> ArraySlice<UInt8>? {
        extensions[oid: try ASN1ObjectIdentifier(elements: fulcio + [number])]?.value
    }

    private static func claims(_ extensions: Certificate.Extensions) throws -> [FulcioClaim: String] {
        var claims: [FulcioClaim: String] = [:]
        for claim in FulcioClaim.allCases {
            guard let value = try value(of: claim.rawValue, in: extensions) else { continue }
            claims[claim] = try text(ASN1UTF8String(derEncoded: value))
        }
        return claims
    }

    private static func text(_ string: ASN1UTF8String) throws -> String {
        guard let text = String(validating: string.bytes, as: UTF8.self) else {
            throw refusal("has a text that is not UTF-8")
        }
        return text
    }

    /// Returns the issuer that the newer extension names, or else the older one, whose value is the text itself.
    private static func issuer(
        _ extensions: Certificate.Extensions, _ claims: [FulcioClaim: String]
    ) throws(ProvenanceError) -> String {
        let older = try? value(of: 1, in: extensions).flatMap { String(validating: $0, as: UTF8.self) }
        guard let issuer = claims[.issuer] ?? older else { throw refusal("does not name the issuer of its identity") }
        if let older, !isSame(older, issuer) { throw refusal("names two issuers of its identity") }
        return issuer
    }

    private static func identities(_ extensions: Certificate.Extensions) throws -> [String] {
        let userName = try ASN1ObjectIdentifier(elements: fulcio + [7])
        var identities: [String] = []
        for name in try extensions.subjectAlternativeNames ?? SubjectAlternativeNames() {
            switch name {
            case .rfc822Name(let address): identities.append(address)
            case .uniformResourceIdentifier(let address): identities.append(address)
            case .otherName(let other) where other.typeID == userName:
                guard let value = other.value else { continue }
                identities.append(try text(ASN1UTF8String(asn1Any: value)))
            default: continue
            }
        }
        guard !identities.isEmpty else { throw refusal("is issued to nobody") }
        return identities
    }

    private static func refusal(_ predicate: String) -> ProvenanceError {
        ProvenanceError(.certificateInvalid, "The attestation's certificate \(predicate).")
    }
}

extension SigningCertificate {
    /// The certificate as PEM (RFC 7468), with lines of 64 characters and a line feed at the end, as Rekor keeps it.
    var pem: String {
        let text = Array(Data(bytes).base64EncodedString().utf8)
        var pem = "-----BEGIN CERTIFICATE-----\n"
        for start in stride(from: 0, to: text.count, by: 64) {
            pem += String(decoding: text[start..<min(start + 64, text.count)], as: UTF8.self) + "\n"
        }
        return pem + "-----END CERTIFICATE-----\n"
    }
}
