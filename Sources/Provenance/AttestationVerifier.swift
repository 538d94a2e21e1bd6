package import PackagingStandards

/// Verifies attestations (PEP 740) against configured trust, as Sigstore's clients and `pypi-attestations` do.
///
/// Nothing is fetched, and our own clock is not asked: certificates live for minutes, so they are judged at the time that
/// the transparency log signed.
package struct AttestationVerifier: Sendable {
    private let trustRoot: TrustRoot

    package init(trustRoot: TrustRoot) {
        self.trustRoot = trustRoot
    }

    /// Verifies that a publisher signed an attestation for a file.
    ///
    /// - Parameters:
    ///   - attestation: What was sent.
    ///   - filename: The name of the file.
    ///   - digest: The digest of the file's bytes.
    ///   - publisher: Who is expected to have signed.
    /// - Returns: what the attestation says, all of it proven.
    /// - Throws: why it is refused.
    package func verify(
        _ attestation: Attestation, of filename: DistributionFilename, digest: SHA256Digest, by publisher: Publisher
    ) async throws(ProvenanceError) -> VerifiedAttestation {
        let certificate = try SigningCertificate(attestation.certificate)
        var times: [Timestamp] = []
        // Every entry has to stand: what is kept as verified holds nothing else.
        for entry in attestation.entries {
            let entry = try RekorEntry(entry, logs: trustRoot.transparencyLogs)
            try entry.checkPromise()
            try entry.checkInclusion()
            try entry.checkBody(
                statement: attestation.statement, signature: attestation.signature, certificate: certificate)
            try await checkChain(of: certificate, at: entry.time)
            times.append(entry.time)
        }
        guard let time = times.min() else {
            throw ProvenanceError(.logTimeMissing, "The attestation has no entry of a transparency log.")
        }
        guard certificate.key.isValid(attestation.signature, for: attestation.signedBytes) else {
            throw ProvenanceError(
                .signatureInvalid, "The signature of the attestation is not by its certificate's key.")
        }
        try PublisherMatch(certificate: certificate).check(publisher)
        let statement = try Statement(attestation.statement)
        try statement.check(isAbout: filename, digest)
        return VerifiedAttestation(
            predicate: statement.predicate, time: time, issuer: certificate.issuer,
            identities: certificate.identities, claims: certificate.claims)
    }

    private func checkChain(of certificate: SigningCertificate, at time: Timestamp) async throws(ProvenanceError) {
        let issuer = try await CertificateChain.issuer(of: certificate, among: trustRoot.authorities, at: time)
        guard !trustRoot.certificateLogs.isEmpty else { return }
        try CertificateTimestamps.check(certificate, issuer: issuer, logs: trustRoot.certificateLogs)
    }
}

/// What a verified attestation proves.
package struct VerifiedAttestation: Hashable, Sendable {
    package let predicate: PredicateType
    /// When the transparency log took the signature.
    package let time: Timestamp
    /// The issuer of the signer's identity.
    package let issuer: String
    /// The e-mail addresses, URIs and user names of the signer.
    package let identities: [String]
    package let claims: [FulcioClaim: String]
}
