import PackagingStandards
import Testing

@testable import Provenance

/// An attestation with one thing forged, and the refusal that it must meet.
struct ForgedCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: ProvenanceError.Code
    let change: @Sendable (inout Forgery) throws -> Void

    init(_ name: String, _ code: ProvenanceError.Code, _ change: @escaping @Sendable (inout Forgery) throws -> Void) {
        testDescription = name
        self.code = code
        self.change = change
    }

    /// Makes the attestation and expects its refusal by an index that trusts the honest parts.
    func judge() async throws {
        let sigstore = try TestSigstore()
        var forgery = Forgery(sigstore: sigstore)
        try change(&forgery)
        let attestation = try forgery.attestation()
        await expectRefusal(code) {
            _ = try await Judge(trustRoot: sigstore.trustRoot()).verify(attestation)
        }
    }
}

/// Expects an action to be refused with a code, and with what to do about it.
func expectRefusal(
    _ code: ProvenanceError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ action: () async throws -> Void
) async {
    do {
        try await action()
        Issue.record("It was accepted.", sourceLocation: sourceLocation)
    } catch let error as ProvenanceError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        #expect(error.description == "\(error.message) \(error.advice)", sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

/// Verifies attestations of the one file that forgeries are about.
struct Judge {
    let trustRoot: TrustRoot
    var filename = Forgery.filename
    var digest = Forgery.digest
    var publisher = Publisher.gitHub(
        Publisher.GitHub(repository: "owner/project", workflow: "release.yml", environment: "pypi"))

    func verify(_ attestation: JSONValue) async throws -> VerifiedAttestation {
        try await AttestationVerifier(trustRoots: [trustRoot]).verify(
            Attestation(json: Array(attestation.text.utf8)), of: Fixture.filename(filename), digest: digest,
            by: publisher)
    }
}
