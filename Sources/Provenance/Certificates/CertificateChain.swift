import FoundationEssentials
import PackagingStandards
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// Finds the authority that issued a certificate, and checks all of the chain at one moment.
enum CertificateChain {
    /// Returns the certificate of the issuer.
    ///
    /// - Throws: `.certificateExpired` if the certificate was not valid at the time, or its authority not in use;
    ///   `.certificateUntrusted` if no configured authority issued it.
    static func issuer(
        of signer: SigningCertificate, among authorities: [CertificateAuthority], at time: Timestamp
    ) async throws(ProvenanceError) -> Certificate {
        let moment = Date(timeIntervalSince1970: Double(time.microseconds / 1_000_000))
        let leaf = signer.certificate
        guard leaf.notValidBefore <= moment, moment <= leaf.notValidAfter else {
            throw ProvenanceError(
                .certificateExpired,
                "The certificate was not valid at \(time.iso8601), when its signature was recorded.")
        }
        var isOutOfUse = false
        var isRefused = false
        for authority in authorities {
            var verifier = Verifier(rootCertificates: CertificateStore(authority.roots)) {
                RFC5280Policy(fixedExpiryValidationTime: moment)
                IssuingPolicy()
            }
            switch await verifier.validate(leaf: leaf, intermediates: CertificateStore(authority.intermediates)) {
            case .validCertificate(let chain):
                guard chain.count > 1, authority.period.contains(time) else {
                    isOutOfUse = true
                    continue
                }
                return chain[1]
            case .couldNotValidate(let failures): isRefused = isRefused || !failures.isEmpty
            }
        }
        if isOutOfUse {
            throw ProvenanceError(
                .certificateExpired, "The authority that issued the certificate was not in use at \(time.iso8601).")
        }
        throw ProvenanceError(
            .certificateUntrusted,
            isRefused
                ? "The authority that issued the certificate was not allowed to at \(time.iso8601)."
                : "The certificate was not issued by a configured authority.")
    }
}

/// Checks that the authorities of a chain may issue certificates for code signing; the leaf is checked elsewhere.
private struct IssuingPolicy: VerifierPolicy, Sendable {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
        .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.subjectAlternativeName,
    ]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
        do {
            for authority in chain.dropFirst() {
                if let usage = try authority.extensions.keyUsage, !usage.keyCertSign {
                    return .failsToMeetPolicy(reason: "An authority may not sign certificates.")
                }
                if let purposes = try authority.extensions.extendedKeyUsage,
                    !purposes.contains(.codeSigning), !purposes.contains(.any)
                {
                    return .failsToMeetPolicy(reason: "An authority may not issue certificates for code signing.")
                }
            }
            return .meetsPolicy
        } catch {
            return .failsToMeetPolicy(reason: "An authority's certificate is malformed.")
        }
    }
}
