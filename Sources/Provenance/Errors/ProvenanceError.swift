/// Why an attestation, a provenance object or a trust root is refused: what is wrong, and what to do.
package struct ProvenanceError: Error, Hashable, CustomStringConvertible {
    package let code: Code
    /// What is wrong, as a sentence.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What to do about it, as a sentence.
    package var advice: String { code.advice }

    package var description: String { "\(message) \(advice)" }

    /// Returns the error, saying which of several attestations it is about; places are counted from 0.
    package func about(_ place: Int, of count: Int) -> ProvenanceError {
        count == 1 ? self : ProvenanceError(code, "Of \(count) attestations, number \(place + 1): \(message)")
    }
}

extension ProvenanceError {
    /// The kinds of refusals.
    package enum Code: String, Sendable, CaseIterable {
        /// An object is not what PEP 740 describes, or too large.
        case malformed
        /// An object has a version other than 1.
        case unsupportedVersion
        /// The transparency log's entry is of a kind that cannot be verified.
        case unsupportedEntry
        /// The certificate is malformed, or no certificate to sign with.
        case certificateInvalid
        /// The certificate was not issued by a configured authority.
        case certificateUntrusted
        /// The certificate or its authority was not valid at the time of the transparency log's entry.
        case certificateExpired
        /// No configured certificate transparency log has recorded the certificate.
        case certificateUnrecorded
        /// The transparency log is not a configured one, or its key was not in use at the time.
        case logUnknown
        /// The entry has no signed timestamp.
        case logTimeMissing
        /// The entry's signed timestamp is not the log's.
        case logTimeInvalid
        /// The entry has no inclusion proof with a checkpoint.
        case inclusionMissing
        /// The inclusion proof does not lead from the entry to its root.
        case inclusionInvalid
        /// The checkpoint is malformed, not signed by the log, or of another tree.
        case checkpointInvalid
        /// The log's entry is about another statement, signature or certificate.
        case entryMismatch
        /// The statement's signature is not by the certificate's key.
        case signatureInvalid
        /// The signed statement is not an in-toto statement about one file.
        case statementInvalid
        /// The statement is of a type that indexes do not accept.
        case predicateUnknown
        /// The statement is about a file of another name.
        case nameMismatch
        /// The statement is about a file with other bytes.
        case digestMismatch
        /// The certificate is another publisher's.
        case publisherMismatch
        /// The description of a publisher says too little to match a certificate with.
        case publisherUnsupported
        /// The trust root cannot be used.
        case trustRootInvalid

        var advice: String {
            switch self {
            case .malformed, .unsupportedVersion, .statementInvalid:
                "Make the attestation again with a current tool that follows PEP 740."
            case .unsupportedEntry, .logTimeMissing, .inclusionMissing:
                "Sign again with a tool that records the signature in Rekor version 1."
            case .certificateInvalid:
                "Sign again with a certificate that Fulcio issued for signing."
            case .certificateUntrusted, .logUnknown, .certificateUnrecorded:
                "Sign with the Sigstore instance that this index trusts, or have its trust root configured here."
            case .certificateExpired:
                "Sign again, and have the signature recorded while the certificate is valid."
            case .logTimeInvalid, .inclusionInvalid, .checkpointInvalid, .entryMismatch, .signatureInvalid:
                "The attestation was altered or put together from several; send it as the signing tool wrote it."
            case .predicateUnknown:
                "Send attestations of the types PyPI Publish v1 and SLSA Provenance v1 only."
            case .nameMismatch, .digestMismatch:
                "Attest the very file that you upload, under its own name."
            case .publisherMismatch:
                "Publish from the workflow that is registered, or have this one registered as a publisher."
            case .publisherUnsupported:
                "Describe the publisher by its issuer and by an identity or claims that nobody else gets."
            case .trustRootInvalid:
                "Use a trusted_root.json of Sigstore, or PEM texts with certificates and public keys."
            }
        }
    }
}
