import PackagingStandards

/// An in-toto statement of version 1 about one file.
///
/// <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>
struct Statement: Hashable, Sendable {
    let predicate: PredicateType
    /// The name of the file that the statement is about.
    let subjectName: String
    /// The file's SHA-256 digest as text.
    let subjectDigest: String

    private static let type = "https://in-toto.io/Statement/v1"
    private static let place = "the signed statement"

    init(_ bytes: [UInt8]) throws(ProvenanceError) {
        let statement = try JSONObject(
            parsing: bytes, atMost: Attestation.Bounds.statement, as: Self.place, code: .statementInvalid)
        let type = try statement.string("_type")
        guard isSame(type, Self.type) else {
            throw statement.refusal("is of type \(ShownText.quoted(type)) instead of '\(Self.type)'")
        }
        let subjects = try statement.array("subject", atMost: 1000)
        guard subjects.count == 1 else { throw statement.refusal("is about \(subjects.count) files instead of one") }
        let subject = try JSONObject(subjects[0], as: "the statement's subject", code: .statementInvalid)
        subjectName = try subject.string("name")
        guard let digest = try subject.strings("digest").first(where: { isSame($0.name, "sha256") }) else {
            throw subject.refusal("has no SHA-256 digest")
        }
        subjectDigest = digest.text
        if let predicate = statement.value("predicate") {
            _ = try JSONObject(predicate, as: "the statement's predicate", code: .statementInvalid)
        }
        let predicateType = try statement.string("predicateType")
        guard let predicate = PredicateType.allCases.first(where: { isSame($0.rawValue, predicateType) }) else {
            throw ProvenanceError(
                .predicateUnknown, "The attestation is of the type \(ShownText.quoted(predicateType)).")
        }
        self.predicate = predicate
    }

    /// Checks that the statement is about a file with this name and digest.
    ///
    /// Names are compared as `pypi-attestations` does it: by their parts, so that `Foo-1.0` is `foo-1.0.0`, and the
    /// order of a wheel's tags does not count.
    func check(isAbout filename: DistributionFilename, _ digest: SHA256Digest) throws(ProvenanceError) {
        let subject = DistributionFilename(subjectName, project: filename.name)
        guard let subject, subject.fileKey == filename.fileKey, Self.isCurrent(subject) else {
            throw ProvenanceError(
                .nameMismatch,
                "The attestation is about \(ShownText.quoted(subjectName)), not about "
                    + "\(ShownText.quoted(filename.filename)).")
        }
        guard isSame(subjectDigest, digest.description) else {
            throw ProvenanceError(
                .digestMismatch,
                "The attestation is about a file with the SHA-256 digest \(ShownText.quoted(subjectDigest)); "
                    + "the digest of \(ShownText.quoted(filename.filename)) is \(digest).")
        }
    }

    /// Whether it is a wheel or a source distribution: older kinds cannot be attested.
    private static func isCurrent(_ filename: DistributionFilename) -> Bool {
        if case .older = filename { false } else { true }
    }
}

/// The types of statements that indexes accept.
package enum PredicateType: String, Sendable, CaseIterable {
    /// PyPI Publish: the publisher uploads this file. <https://docs.pypi.org/attestations/publish/v1/>
    case publish = "https://docs.pypi.org/attestations/publish/v1"
    /// SLSA Provenance: how the file was built. <https://slsa.dev/spec/v1.0/provenance>
    case slsaProvenance = "https://slsa.dev/provenance/v1"
}
