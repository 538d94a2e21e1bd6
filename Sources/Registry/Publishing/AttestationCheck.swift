import PackagingStandards
import Provenance

/// Attestations that came with an upload (PEP 740), parsed, and about the file that they came with.
struct SentAttestations: Sendable {
    /// The field as it was sent.
    let text: String
    let attestations: [Attestation]

    /// Reads the field `attestations`.
    ///
    /// Throws `.invalidRequest` if it is not a JSON array of attestations, or one of them is about another file.
    init(_ text: String, filename: DistributionFilename, digest: SHA256Digest) throws {
        self.text = text
        do {
            attestations = try Attestation.list(json: Array(text.utf8))
        } catch {
            throw refusal(error)
        }
        for (place, attestation) in attestations.enumerated() {
            do {
                try attestation.checkSubject(is: filename, digest)
            } catch {
                throw refusal(error.about(place, of: attestations.count))
            }
        }
    }
}

/// Verifies the attestations of uploads against the configured trust roots, as each index asks for it.
struct AttestationCheck: Sendable {
    /// Nil if there are no trust roots: then attestations are kept as they were sent, and never shown.
    private let verifier: AttestationVerifier?

    init(trustRoots: [TrustRoot]) {
        verifier = trustRoots.isEmpty ? nil : AttestationVerifier(trustRoots: trustRoots)
    }

    /// Returns what is kept of an upload's attestations (`NewFile.attestations`), or nil if it has none.
    ///
    /// Throws `.invalidRequest` for an attestation that does not stand, and `.forbidden` for one of a publisher that the
    /// index does not accept, or of another one than the trusted publisher whose job uploads.
    func kept(_ form: CheckedForm, in settings: IndexSettings, caller: Caller) async throws -> String? {
        guard let sent = form.attestations else { return nil }
        guard let verifier else { return sent.text }
        var verified: [(publisher: Publisher, attestation: Attestation)] = []
        for (place, attestation) in sent.attestations.enumerated() {
            let publisher: Publisher
            do {
                publisher = try await verifier.verify(attestation, of: form.filename, digest: form.digest).publisher
            } catch {
                throw refusal(error.about(place, of: sent.attestations.count))
            }
            guard settings.attesting.accepts(publisher) else {
                throw foreignPublisher(publisher, form, settings)
            }
            if case .publisher(let owner)? = caller.token?.owner,
                !owner.mayAttest(publisher.text, form.project, in: settings.name)
            {
                throw strangersAttestation(publisher, form, owner)
            }
            verified.append((publisher, attestation))
        }
        return ProvenanceObject(verified).json
    }

    /// Throws `.forbidden` if an index requires the provenance of a file, and `kept` made none.
    func require(_ form: CheckedForm, in settings: IndexSettings) throws {
        guard form.attestations == nil || verifier == nil, settings.attesting.isRequired(of: form.project) else {
            return
        }
        throw RegistryError(
            .forbidden,
            """
            The index \(settings.name) takes files of \(form.project) only with attestations (PEP 740), and \
            \(form.filenameText) came without. Sign it with "pypi-attestations sign", best in a CI job, and upload with \
            "uv publish", which sends attestations along, or with "twine upload --attestations".
            """)
    }

    private func foreignPublisher(
        _ publisher: Publisher, _ form: CheckedForm, _ settings: IndexSettings
    ) -> RegistryError {
        RegistryError(
            .forbidden,
            """
            \(form.filenameText) is attested by \(quoted(publisher.text)), and the index \(settings.name) accepts \
            attestations of other publishers only. Publish from one of them, or have this one added to \
            index.\(settings.name).attested_by.
            """)
    }
}

/// Returns the error about an attestation that another job signed than the one that uploads.
private func strangersAttestation(
    _ publisher: Publisher, _ form: CheckedForm, _ owner: PublisherOwner
) -> RegistryError {
    RegistryError(
        .forbidden,
        """
        \(form.filenameText) is attested by \(quoted(publisher.text)), and uploaded by a job of \(owner.name): sign it \
        in the workflow that uploads it.
        """)
}

/// Returns the error about an attestation that is refused.
private func refusal(_ error: ProvenanceError) -> RegistryError {
    RegistryError(.invalidRequest, "The field attestations is refused. \(error)", cause: error)
}
