import FoundationEssentials
import PackagingStandards

/// Checks that attestations speak of the file that they came with (PEP 740).
///
/// Signatures are not verified here: the attestations are kept, but not advertised.
enum AttestationCheck {
    private struct Attestation: Decodable {
        struct Envelope: Decodable {
            let statement: String
        }
        let version: Int
        let envelope: Envelope
    }

    /// An in-toto statement, as far as it is looked at.
    private struct Statement: Decodable {
        struct Subject: Decodable {
            let digest: [String: String]
        }
        let subject: [Subject]
    }

    /// Throws `.invalidRequest` if the text is not a JSON array of attestations of version 1, or one of them names
    /// another digest than the file's.
    static func check(_ text: String, digest: SHA256Digest) throws {
        let attestations: [Attestation]
        do {
            attestations = try JSONDecoder().decode([Attestation].self, from: Data(text.utf8))
        } catch {
            throw RegistryError(
                .invalidRequest, "The field attestations is not a JSON array of attestation objects (PEP 740).",
                cause: error)
        }
        for attestation in attestations {
            guard attestation.version == 1 else {
                throw invalid(
                    "An attestation in the field attestations is of version \(attestation.version); only version 1 is known."
                )
            }
            guard let bytes = Data(base64Encoded: attestation.envelope.statement),
                let statement = try? JSONDecoder().decode(Statement.self, from: bytes)
            else {
                throw invalid(
                    "An attestation in the field attestations has no in-toto statement in base64. Make it again with a current tool."
                )
            }
            guard statement.subject.count == 1, statement.subject[0].digest["sha256"] == digest.description else {
                throw invalid(
                    "An attestation in the field attestations is of another file: its subject's digest is not this file's SHA-256, "
                        + "\(digest). Attest the file that you upload.")
            }
        }
    }
}
