import PackagingStandards
import Testing
import X509

@testable import Provenance

@Suite("The publisher that a certificate names")
struct PublisherOfCertificateTests {
    /// Returns the text of the publisher of an honest attestation by somebody.
    private func publisher(_ change: (inout TestSigstore.Request) -> Void) async throws -> Publisher {
        let sigstore = try TestSigstore()
        var forgery = Forgery(sigstore: sigstore)
        change(&forgery.request)
        let verifier = AttestationVerifier(trustRoots: [try sigstore.trustRoot()])
        return try await verifier.verify(
            Attestation(json: Array(forgery.attestation().text.utf8)), of: Fixture.filename(Forgery.filename),
            digest: Forgery.digest
        ).publisher
    }

    @Test("is that of a public attestation", arguments: PublicAttestationTests.vectors)
    func vectors(_ vector: PublicAttestationTests.Vector) async throws {
        let root = try vector.isStaging ? Fixture.stagingRoot() : Fixture.publicRoot()
        let found = try await AttestationVerifier(trustRoots: [root]).verify(
            vector.attestation(), of: Fixture.filename(vector.filename),
            digest: try #require(SHA256Digest(hex: vector.digest)))
        #expect(found.publisher.text == vector.publisher.text)
        #expect(found.publisher.json.text == vector.publisher.json.text)
    }

    @Test("is a workflow of GitHub with all that the certificate says of it")
    func gitHub() async throws {
        let expected = Publisher.GitHub(
            repository: "owner/project", workflow: "release.yml", environment: "pypi", repositoryID: "4711",
            ownerID: "42")
        let found = try await publisher { _ in }
        #expect(found == .gitHub(expected))
        #expect(found.text == "github:owner/project/release.yml")
    }

    @Test("is a pipeline of GitLab, also of a server of one's own")
    func gitLab() async throws {
        for (server, text) in [
            ("https://gitlab.com", "gitlab:a/b/c//ci/x.yml"),
            ("https://git.example.org", "gitlab:https://git.example.org/a/b/c//ci/x.yml"),
        ] {
            let found = try await publisher { request in
                request.claims = [
                    .issuer: server, .sourceRepositoryURI: "\(server)/a/b/c", .sourceRepositoryRef: "refs/heads/x",
                    .buildConfigURI: "\(server)/a/b/c//ci/x.yml@refs/heads/x",
                ]
            }
            #expect(found.text == text)
        }
    }

    @Test("is nobody's by appearance: what does not match a kind is named by issuer and identity")
    func others() async throws {
        let gitHub = TestSigstore.Request().claims
        let identity = "https://github.com/owner/project/.github/workflows/release.yml@refs/tags/v1.0"
        let changes: [(FulcioClaim, String?, issuer: String)] = [
            (.issuer, "https://evil.test", "https://evil.test"),
            (.sourceRepositoryURI, "https://github.com/other/project", "https://token.actions.githubusercontent.com"),
            (.sourceRepositoryURI, nil, "https://token.actions.githubusercontent.com"),
            (
                .buildConfigURI, "https://github.com/owner/project/.github/workflows/",
                "https://token.actions.githubusercontent.com"
            ),
            (.buildConfigURI, identity.replacing("v1.0", with: "v2.0"), "https://token.actions.githubusercontent.com"),
        ]
        for (claim, value, issuer) in changes {
            let found = try await publisher { request in
                request.claims = gitHub
                request.claims[claim] = value
            }
            #expect(found.text == "oidc:\(issuer)#\(identity)", "\(claim)")
        }
        let person = try await publisher { request in
            request.claims = [.issuer: "https://github.com/login/oauth"]
            request.names = [.rfc822Name("ada@example.org")]
        }
        #expect(person.text == "oidc:https://github.com/login/oauth#ada@example.org")
        let google = try await publisher { request in
            request.claims = [.issuer: "https://accounts.google.com"]
            request.names = [.rfc822Name("ci@acme.iam.gserviceaccount.com")]
        }
        #expect(google.text == "google:ci@acme.iam.gserviceaccount.com")
    }
}

@Suite("Several trust roots")
struct SeveralTrustRootsTests {
    @Test("An attestation must stand by one of them; the refusal is that of the one that knows the signer")
    func several() async throws {
        let (one, two) = (try TestSigstore(), try TestSigstore())
        let roots = [try one.trustRoot(), try two.trustRoot(certificateLogs: false)]
        func verify(_ forgery: Forgery, _ roots: [TrustRoot]) async throws {
            _ = try await AttestationVerifier(trustRoots: roots).verify(
                Attestation(json: Array(forgery.attestation().text.utf8)), of: Fixture.filename(Forgery.filename),
                digest: Forgery.digest)
        }
        for sigstore in [one, two] {
            try await verify(Forgery(sigstore: sigstore), roots)
            try await verify(Forgery(sigstore: sigstore), roots.reversed())
            var late = Forgery(sigstore: sigstore)
            late.time = 541
            for roots in [roots, roots.reversed()] {
                await expectRefusal(.certificateExpired) { try await verify(late, roots) }
            }
        }
        // A certificate of one and the log of the other.
        var mixed = one
        mixed.log = two.log
        for roots in [roots, roots.reversed()] {
            await expectRefusal(.certificateUntrusted) { try await verify(Forgery(sigstore: mixed), roots) }
        }
        await expectRefusal(.logUnknown) { try await verify(Forgery(sigstore: try TestSigstore()), roots) }
        await expectRefusal(.certificateUntrusted) { try await verify(Forgery(sigstore: one), []) }
    }
}
