package import PackagingStandards

/// Verifies attestations (PEP 740) against configured trust, as Sigstore's clients and `pypi-attestations` do.
///
/// Nothing is fetched, and our own clock is not asked: certificates live for minutes, so they are judged at the time that
/// the transparency log signed.
package struct AttestationVerifier: Sendable {
    private let trustRoots: [TrustRoot]

    /// Makes a verifier that trusts each of these roots by itself: no attestation is put together from two.
    package init(trustRoots: [TrustRoot]) {
        self.trustRoots = trustRoots
    }

    /// Verifies that a publisher signed an attestation for a file.
    ///
    /// - Parameters:
    ///   - attestation: What was sent.
    ///   - filename: The name of the file.
    ///   - digest: The digest of the file's bytes.
    ///   - publisher: Who is expected to have signed; nil for whoever the certificate names.
    /// - Returns: what the attestation says, all of it proven.
    /// - Throws: why it is refused, by the root that knows the signer best.
    package func verify(
        _ attestation: Attestation, of filename: DistributionFilename, digest: SHA256Digest,
        by publisher: Publisher? = nil
    ) async throws(ProvenanceError) -> VerifiedAttestation {
        var refusal: ProvenanceError?
        for root in trustRoots {
            do {
                return try await verify(attestation, of: filename, digest: digest, by: publisher, trusting: root)
            } catch {
                if error.code.familiarity > refusal?.code.familiarity ?? -1 { refusal = error }
            }
        }
        throw refusal ?? ProvenanceError(.certificateUntrusted, "No trust root is configured.")
    }

    private func verify(
        _ attestation: Attestation, of filename: DistributionFilename, digest: SHA256Digest, by publisher: Publisher?,
        trusting root: TrustRoot
    ) async throws(ProvenanceError) -> VerifiedAttestation {
        let certificate = try SigningCertificate(attestation.certificate)
        var times: [Timestamp] = []
        // Every entry has to stand: what is kept as verified holds nothing else.
        for entry in attestation.entries {
            let entry = try RekorEntry(entry, logs: root.transparencyLogs)
            try entry.checkPromise()
            try entry.checkInclusion()
            try entry.checkBody(
                statement: attestation.statement, signature: attestation.signature, certificate: certificate)
            try await check(certificate, at: entry.time, trusting: root)
            times.append(entry.time)
        }
        guard let time = times.min() else {
            throw ProvenanceError(.logTimeMissing, "The attestation has no entry of a transparency log.")
        }
        guard certificate.key.isValid(attestation.signature, for: attestation.signedBytes) else {
            throw ProvenanceError(
                .signatureInvalid, "The signature of the attestation is not by its certificate's key.")
        }
        let signer: Publisher
        if let publisher {
            try PublisherMatch(certificate: certificate).check(publisher)
            signer = publisher
        } else {
            signer = try Publisher(of: certificate)
        }
        return VerifiedAttestation(
            publisher: signer, predicate: try attestation.checkSubject(is: filename, digest), time: time,
            issuer: certificate.issuer, identities: certificate.identities, claims: certificate.claims)
    }

    private func check(
        _ certificate: SigningCertificate, at time: Timestamp, trusting root: TrustRoot
    ) async throws(ProvenanceError) {
        let issuer = try await CertificateChain.issuer(of: certificate, among: root.authorities, at: time)
        guard !root.certificateLogs.isEmpty else { return }
        try CertificateTimestamps.check(certificate, issuer: issuer, logs: root.certificateLogs)
    }
}

extension Attestation {
    /// Checks that the statement is about a file with this name and digest, and returns its type. It proves nothing.
    ///
    /// - Throws: `.nameMismatch` or `.digestMismatch` if it is about another file, and why it is no statement.
    @discardableResult
    package func checkSubject(
        is filename: DistributionFilename, _ digest: SHA256Digest
    ) throws(ProvenanceError) -> PredicateType {
        let statement = try Statement(statement)
        try statement.check(isAbout: filename, digest)
        return statement.predicate
    }
}

extension ProvenanceError.Code {
    /// How well the trust root that refused knows the signer.
    fileprivate var familiarity: Int {
        switch self {
        case .logUnknown: 0
        case .certificateUntrusted: 1
        default: 2
        }
    }
}

/// What a verified attestation proves.
package struct VerifiedAttestation: Hashable, Sendable {
    /// Who signed.
    package let publisher: Publisher
    package let predicate: PredicateType
    /// When the transparency log took the signature.
    package let time: Timestamp
    /// The issuer of the signer's identity.
    package let issuer: String
    /// The e-mail addresses, URIs and user names of the signer.
    package let identities: [String]
    package let claims: [FulcioClaim: String]
}
