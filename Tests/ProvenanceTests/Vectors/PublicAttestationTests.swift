import PackagingStandards
import SwiftASN1
import Testing

@testable import Provenance

/// The attestations that the tests of `pypi-attestations` verify, with the verdicts that it gives.
@Suite("Attestations of public projects")
struct PublicAttestationTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let fixture: String
        let filename: String
        let digest: String
        let publisher: Publisher
        var predicate = PredicateType.publish
        var isStaging = false

        var testDescription: String { fixture }

        func attestation() throws -> Attestation {
            let bytes = try Fixture.bytes(fixture)
            guard fixture.hasSuffix(".provenance") else { return try Attestation(json: bytes) }
            return try #require(try ProvenanceObject(json: bytes).bundles.first?.attestations.first)
        }

        func verify(
            filename: String? = nil, digest: String? = nil, publisher: Publisher? = nil, root: TrustRoot? = nil
        ) async throws -> VerifiedAttestation {
            let trustRoot = try root ?? (isStaging ? Fixture.stagingRoot() : Fixture.publicRoot())
            return try await AttestationVerifier(trustRoots: [trustRoot]).verify(
                attestation(), of: Fixture.filename(filename ?? self.filename),
                digest: try #require(SHA256Digest(hex: digest ?? self.digest)), by: publisher ?? self.publisher)
        }
    }

    private static let digest = "9bb1add04b1b4e182be6b0b80931593f7a291eb49d69b4fd728a5d4cbcdc4bd3"
    private static let gitHub = Publisher.gitHub(
        Publisher.GitHub(repository: "trailofbits/pypi-attestations", workflow: "release.yml"))

    static let vectors: [Vector] = [
        Vector(
            fixture: "pypi_attestations-0.0.19.tar.gz.provenance", filename: "pypi_attestations-0.0.19.tar.gz",
            digest: digest, publisher: gitHub),
        Vector(
            fixture: "pypi_attestations-0.0.19.tar.gz.slsa.attestation", filename: "pypi_attestations-0.0.19.tar.gz",
            digest: digest, publisher: gitHub, predicate: .slsaProvenance),
        Vector(
            fixture: "pypi_attestation_models-0.0.4a2.tar.gz.attestation",
            filename: "pypi_attestation_models-0.0.4a2.tar.gz",
            digest: "c9709ce6fd5b67b59b4a28758cf14d3f411803c4b89b6068b1f1a8e4ee94c8ef",
            publisher: .gitHub(
                Publisher.GitHub(repository: "trailofbits/pypi-attestation-models", workflow: "release.yml"))),
        Vector(
            fixture: "gitlab_oidc_project-0.0.3.tar.gz.publish.attestation",
            filename: "gitlab_oidc_project-0.0.3.tar.gz",
            digest: "c1ca9b0d85df1606451098233018534497bf584362e10e4a8c21dfaea92c02a8",
            publisher: .gitLab(
                Publisher.GitLab(repository: "facutuesca/gitlab-oidc-project", workflowPath: ".gitlab-ci.yml"))),
        Vector(
            fixture: "gcb_attestation_test-0.0.0.tar.gz.provenance", filename: "gcb_attestation_test-0.0.0.tar.gz",
            digest: "461317362419124b6012e855423a9078d6de8aed3e74fa78cc74d669b23dc6cf",
            publisher: .google(
                Publisher.Google(email: "919436158236-compute@developer.gserviceaccount.com"))),
        Vector(
            fixture: "circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl.provenance",
            filename: "circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl",
            digest: "8cb34da1e27336f11a2c43f3f9c7433bd76f24f470c904724f06ad7f131d9e9f",
            publisher: .circleCI(
                Publisher.CircleCI(
                    projectID: "fdd9283f-e619-46af-8f9c-851f7d3e8b2b",
                    pipelineDefinitionID: "8e4f8ab2-8d7c-4827-9f15-de076d6d647f",
                    origin: "github.com/CircleCI-Public/sign-and-publish-examples", ref: "refs/heads/pypi"))),
        Vector(
            fixture: "rfc8785-0.1.2-py3-none-any.whl.attestation", filename: "rfc8785-0.1.2-py3-none-any.whl",
            digest: "c4e92e9ecc828bef2aa7dba1de8ac983511f7532a0df11c770d39099a25cf201", publisher: person,
            isStaging: true),
        Vector(
            fixture: "spt3g-1.0-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl.publish.attestation",
            // The tags are in another order than in the statement.
            filename: "spt3g-1.0-cp310-cp310-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
            digest: "d2772f9a5199f05ed1be8d9aa78b879e51772e3ead9d73fe8057257b1aec7cf8", publisher: person,
            isStaging: true),
    ]

    private static let person: Publisher = {
        do {
            return .other(
                try Publisher.Other(
                    issuer: "https://github.com/login/oauth", identity: .exactly("william@yossarian.net")))
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    @Test("They are accepted", arguments: vectors)
    func accepted(_ vector: Vector) async throws {
        #expect(try await vector.verify().predicate == vector.predicate)
    }

    @Test("They are refused for other files, by other publishers and under another trust root", arguments: vectors)
    func refused(_ vector: Vector) async throws {
        let other = SHA256Digest(hashing: [1]).description
        await expectRefusal(.digestMismatch) { _ = try await vector.verify(digest: other) }
        await expectRefusal(.nameMismatch) { _ = try await vector.verify(filename: "other-1.0.tar.gz") }
        let isGitHub = vector.publisher == Self.gitHub
        await expectRefusal(.publisherMismatch) {
            _ = try await vector.verify(publisher: isGitHub ? Self.person : Self.gitHub)
        }
        await expectRefusal(.logUnknown) {
            _ = try await vector.verify(root: vector.isStaging ? Fixture.publicRoot() : Fixture.stagingRoot())
        }
    }

    @Test("What the certificate says about the job is told")
    func claims() async throws {
        let verified = try await Self.vectors[0].verify()
        let workflow =
            "https://github.com/trailofbits/pypi-attestations/.github/workflows/release.yml@refs/tags/v0.0.19"
        let commit = "08802efe1f8e5fec4ad842d6b8ce97656092ee72"
        #expect(
            verified.claims == [
                .issuer: "https://token.actions.githubusercontent.com", .buildSignerURI: workflow,
                .buildSignerDigest: commit, .runnerEnvironment: "github-hosted",
                .sourceRepositoryURI: "https://github.com/trailofbits/pypi-attestations",
                .sourceRepositoryDigest: commit, .sourceRepositoryRef: "refs/tags/v0.0.19",
                .sourceRepositoryIdentifier: "772247423", .sourceRepositoryOwnerURI: "https://github.com/trailofbits",
                .sourceRepositoryOwnerIdentifier: "2314423", .buildConfigURI: workflow, .buildConfigDigest: commit,
                .buildTrigger: "release",
                .runInvocationURI:
                    "https://github.com/trailofbits/pypi-attestations/actions/runs/12169989787/attempts/1",
                .sourceRepositoryVisibility: "public",
            ])
        #expect(verified.identities == [workflow])
        #expect(verified.time.iso8601 == "2024-12-04T23:14:01.000000Z")
    }

    @Test("A certificate that names its commit but no ref matches its workflow")
    func withoutRef() async throws {
        let text = String(decoding: try Fixture.bytes("no-source-repository-ref-extension.pem"), as: UTF8.self)
        let certificate = try SigningCertificate(PEMDocument(pemString: text).derBytes)
        #expect(text.hasSuffix(certificate.pem))
        let match = PublisherMatch(certificate: certificate)
        try match.check(
            .gitHub(Publisher.GitHub(repository: "SWIFTSIM/swiftgalaxy", workflow: "python-publish.yml")))
        await expectRefusal(.publisherMismatch) {
            try match.check(.gitHub(Publisher.GitHub(repository: "SWIFTSIM/swiftgalaxy", workflow: "publish.yml")))
        }
    }

    @Test("Each vector is refused with any byte of its signed parts changed", arguments: vectors)
    func changed(_ vector: Vector) async throws {
        let text = try JSONParser.parse(Array(vector.attestation().json.utf8)).text
        let attestation = try vector.attestation()
        let parts = [
            attestation.certificate, attestation.statement, attestation.signature, attestation.entries[0].body,
        ]
        let verifier = AttestationVerifier(
            trustRoots: [try vector.isStaging ? Fixture.stagingRoot() : Fixture.publicRoot()])
        let filename = try Fixture.filename(vector.filename)
        let digest = try #require(SHA256Digest(hex: vector.digest))
        for part in parts {
            try #require(text.contains(base64(part)))
            for index in stride(from: 0, to: part.count, by: max(part.count / 20, 1)) {
                var other = part
                other[index] ^= 1
                let changed = text.replacing(base64(part), with: base64(other))
                await #expect(throws: ProvenanceError.self) {
                    try await verifier.verify(
                        Attestation(json: Array(changed.utf8)), of: filename, digest: digest, by: vector.publisher)
                }
            }
        }
    }
}
