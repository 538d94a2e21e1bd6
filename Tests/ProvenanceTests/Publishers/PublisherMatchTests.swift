import Crypto
import Foundation
import PackagingStandards
import SwiftASN1
import Testing
import X509

@testable import Provenance

@Suite("Publishers")
struct PublisherMatchTests {
    private let sigstore: TestSigstore

    init() throws {
        sigstore = try TestSigstore()
    }

    private func certificate(_ change: (inout TestSigstore.Request) throws -> Void) throws -> SigningCertificate {
        var request = TestSigstore.Request()
        try change(&request)
        return try SigningCertificate(sigstore.certificate(request, for: P256.Signing.PrivateKey().publicKey))
    }

    private func check(
        _ publisher: Publisher, _ change: (inout TestSigstore.Request) throws -> Void = { _ in }
    ) throws {
        try PublisherMatch(certificate: certificate(change)).check(publisher)
    }

    // MARK: GitHub

    @Test(
        "A workflow of GitHub matches its own certificates",
        arguments: [
            Publisher.GitHub(repository: "owner/project", workflow: "release.yml"),
            Publisher.GitHub(repository: "owner/project", workflow: "release.yml", environment: "PyPI"),
            Publisher.GitHub(
                repository: "owner/project", workflow: "release.yml", repositoryID: "4711", ownerID: "42"),
        ])
    func gitHub(_ publisher: Publisher.GitHub) throws {
        try check(.gitHub(publisher))
    }

    @Test(
        "A workflow of GitHub matches no others",
        arguments: [
            Publisher.GitHub(repository: "owner/other", workflow: "release.yml"),
            Publisher.GitHub(repository: "owner/project2", workflow: "release.yml"),
            Publisher.GitHub(repository: "owner", workflow: "release.yml"),
            Publisher.GitHub(repository: "Owner/project", workflow: "release.yml"),
            Publisher.GitHub(repository: "owner/project", workflow: "release.yaml"),
            Publisher.GitHub(repository: "owner/project", workflow: "elease.yml"),
            Publisher.GitHub(repository: "owner/project", workflow: ""),
            Publisher.GitHub(repository: "owner/project", workflow: "release.yml", environment: "testpypi"),
            Publisher.GitHub(repository: "owner/project", workflow: "release.yml", repositoryID: "4712"),
            Publisher.GitHub(repository: "owner/project", workflow: "release.yml", ownerID: "43"),
        ])
    func gitHubOthers(_ publisher: Publisher.GitHub) async {
        await expectRefusal(.publisherMismatch) { try check(.gitHub(publisher)) }
    }

    @Test("The workflow's address ends in the certificate's own ref or commit")
    func buildConfiguration() async throws {
        let publisher = Publisher.gitHub(Publisher.GitHub(repository: "owner/project", workflow: "release.yml"))
        let file = "https://github.com/owner/project/.github/workflows/release.yml"
        let commit = try #require(TestSigstore.Request().claims[.sourceRepositoryDigest])
        try check(publisher) { $0.claims[.buildConfigURI] = "\(file)@\(commit)" }
        try check(publisher) {
            $0.claims[.buildConfigURI] = "\(file)@\(commit)"
            $0.claims[.sourceRepositoryRef] = nil
        }
        try check(publisher) { $0.claims[.sourceRepositoryDigest] = nil }
        // An older certificate says nothing of the environment.
        try check(publisher) { $0.claims[.deploymentEnvironment] = nil }
        for address in ["\(file)@refs/heads/main", file, "\(file)@", "\(file)@refs/tags/v1.0x", "x\(file)@\(commit)"] {
            await expectRefusal(.publisherMismatch) {
                try check(publisher) { $0.claims[.buildConfigURI] = address }
            }
        }
        await expectRefusal(.publisherMismatch) {
            try check(publisher) {
                $0.claims[.sourceRepositoryDigest] = nil
                $0.claims[.sourceRepositoryRef] = nil
            }
        }
        for claim in [FulcioClaim.buildConfigURI, .sourceRepositoryURI] {
            await expectRefusal(.publisherMismatch) { try check(publisher) { $0.claims[claim] = nil } }
        }
    }

    @Test(
        "Another issuer's certificate does not match",
        arguments: ["https://accounts.google.com", "https://token.actions.githubusercontent.com/", ""])
    func otherIssuer(_ issuer: String) async {
        await expectRefusal(.publisherMismatch) {
            try check(.gitHub(Publisher.GitHub(repository: "owner/project", workflow: "release.yml"))) {
                $0.claims[.issuer] = issuer
            }
        }
    }

    // MARK: Others

    @Test("A pipeline of GitLab matches its own certificates only, on any server")
    func gitLab() async throws {
        func claims(_ request: inout TestSigstore.Request, _ server: String) {
            request.claims = [
                .issuer: server, .sourceRepositoryURI: "\(server)/group/sub/project",
                .sourceRepositoryRef: "refs/heads/main",
                .buildConfigURI: "\(server)/group/sub/project//.gitlab-ci.yml@refs/heads/main",
                .sourceRepositoryIdentifier: "55",
            ]
        }
        let (ours, theirs) = ("https://gitlab.example.org", "https://gitlab.com")
        let publisher = Publisher.gitLab(
            Publisher.GitLab(
                repository: "group/sub/project", workflowPath: ".gitlab-ci.yml", environment: "e", repositoryID: "55",
                server: ours))
        try check(publisher) { claims(&$0, ours) }
        await expectRefusal(.publisherMismatch) { try check(publisher) { claims(&$0, theirs) } }
        let others = [("ci.yml", "55", ""), (".gitlab-ci.yml", "56", ""), (".gitlab-ci.yml", "55", "E")]
        for (path, id, environment) in others {
            let other = Publisher.gitLab(
                Publisher.GitLab(
                    repository: "group/sub/project", workflowPath: path, environment: "e", repositoryID: id,
                    server: theirs))
            await expectRefusal(.publisherMismatch) {
                try check(other) {
                    claims(&$0, theirs)
                    if !environment.isEmpty { $0.claims[.deploymentEnvironment] = environment }
                }
            }
        }
    }

    @Test("A service account of Google matches its own certificates only")
    func google() async throws {
        func claims(_ request: inout TestSigstore.Request, _ email: String) {
            request.claims = [.issuer: "https://accounts.google.com"]
            request.names = [.rfc822Name(email)]
        }
        let publisher = Publisher.google(Publisher.Google(email: "ci@project.test"))
        try check(publisher) { claims(&$0, "ci@project.test") }
        await expectRefusal(.publisherMismatch) { try check(publisher) { claims(&$0, "ci2@project.test") } }
        await expectRefusal(.publisherMismatch) {
            try check(publisher) {
                claims(&$0, "ci@project.test")
                $0.claims[.issuer] = "https://github.com/login/oauth"
            }
        }
    }

    @Test("Anybody else matches by identity and claims")
    func other() async throws {
        func publisher(_ identity: TextPattern?, _ claims: [FulcioClaim: TextPattern]) throws -> Publisher {
            .other(
                try Publisher.Other(
                    issuer: "https://token.actions.githubusercontent.com", identity: identity, claims: claims))
        }
        try check(publisher(.glob("https://github.com/owner/*@refs/tags/*"), [:]))
        try check(publisher(nil, [.sourceRepositoryURI: .exactly("https://github.com/owner/project")]))
        try check(
            publisher(
                .glob("https://github.com/owner/*"), [.sourceRepositoryOwnerIdentifier: .exactly("42")]))
        let wrong: [(TextPattern?, [FulcioClaim: TextPattern])] = [
            (.exactly("https://github.com/owner/*"), [:]), (.glob("https://github.com/other/*"), [:]),
            (nil, [.sourceRepositoryIdentifier: .exactly("42")]),
            (.glob("https://github.com/owner/*"), [.sourceRepositoryOwnerIdentifier: .exactly("43")]),
            (nil, [.tokenSubject: .glob("repo:owner/*")]),
        ]
        for (identity, claims) in wrong {
            await expectRefusal(.publisherMismatch) { try check(publisher(identity, claims)) }
        }
    }

    @Test("A user name is an identity, too")
    func userName() throws {
        let name = GeneralName.OtherName(
            typeID: try TestSigstore.fulcio(7), value: try ASN1Any(erasing: ASN1UTF8String("somebody!example.org")))
        let publisher = Publisher.other(
            try Publisher.Other(
                issuer: "https://token.actions.githubusercontent.com", identity: .exactly("somebody!example.org")))
        try check(publisher) { $0.names = [.otherName(name)] }
    }

    @Test("A description that anybody with an account would match is refused")
    func tooWide() async {
        for identity in [nil, TextPattern.glob("*"), .glob(""), .glob("**")] {
            await expectRefusal(.publisherUnsupported) {
                _ = try Publisher.Other(issuer: "https://github.com/login/oauth", identity: identity)
            }
        }
        await expectRefusal(.publisherUnsupported) {
            _ = try Publisher.Other(issuer: "https://ci.test", claims: [.buildTrigger: .glob("*")])
        }
    }

    @Test("An unknown kind matches nobody")
    func unknown() async {
        await expectRefusal(.publisherUnsupported) { try check(.unknown(kind: "ActiveState")) }
    }
}
