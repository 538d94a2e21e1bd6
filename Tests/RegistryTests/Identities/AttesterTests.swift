import PackagingStandards
import RegistryTestSupport
import Testing

@testable import Registry

@Suite("Who attests what trusted publishers publish")
struct AttesterTests {
    private func description(
        _ kind: IssuerKind, _ issuer: String, _ fields: [PublisherField: String]
    ) -> PublisherDescription {
        PublisherDescription(unchecked: issuer, kind: kind, fields: fields, claims: [:])
    }

    private static let gitHub = "https://token.actions.githubusercontent.com"
    private static let release: [PublisherField: String] = [.repository: "Acme/widget", .workflow: "release.yml"]

    @Test("is the job itself")
    func jobs() throws {
        let cases: [(PublisherDescription, signer: String, allowed: Bool)] = [
            (description(.gitHub, Self.gitHub, Self.release), "github:acme/Widget/release.yml", true),
            (description(.gitHub, Self.gitHub, Self.release), "github:acme/widget/Release.yml", false),
            (description(.gitHub, Self.gitHub, Self.release), "github:acme/other/release.yml", false),
            (description(.gitHub, Self.gitHub, Self.release), "gitlab:acme/widget/release.yml", false),
            (description(.gitHub, Self.gitHub, Self.release), "oidc:https://x#y", false),
            (description(.gitHub, "https://ghe.example.com", Self.release), "oidc:https://x#y", true),
            (description(.gitHub, "https://ghe.example.com", Self.release), "github:eve/widget/release.yml", false),
            (
                description(.gitLab, "https://gitlab.com", [.repository: "a/b", .workflow: ".gitlab-ci.yml"]),
                "gitlab:a/b//.gitlab-ci.yml", true
            ),
            (
                description(.gitLab, "https://git.example.com", [.repository: "a/b", .workflow: "c.yml"]),
                "gitlab:https://git.example.com/a/b//c.yml", true
            ),
            (
                description(.gitLab, "https://git.example.com", [.repository: "a/b", .workflow: "c.yml"]),
                "gitlab:a/b//c.yml", false
            ),
            (
                description(.google, "https://accounts.google.com", [.email: "ci@x.example"]), "google:ci@x.example",
                true
            ),
            (
                description(.google, "https://accounts.google.com", [.email: "ci@x.example"]), "google:eve@x.example",
                false
            ),
        ]
        for (description, signer, allowed) in cases {
            let attester = try #require(description.attester)
            #expect(attester.allows(signer) == allowed, "\(attester.text) \(signer)")
        }
        #expect(description(.buildkite, "https://x", [.organization: "a"]).attester == nil)
    }

    @Test("may be any of those that hold the project")
    func holdings() throws {
        let widget = try Sample.name("widget")
        func holding(_ right: Right, _ projects: String, _ workflow: String?) -> PublisherHolding {
            PublisherHolding(
                rights: [right], index: .main, projects: NamePattern(projects),
                attester: workflow.map { Attester(text: "github:acme/widget/\($0)", isOnly: true) })
        }
        func owner(_ holdings: PublisherHolding...) -> PublisherOwner {
            PublisherOwner(id: 1, name: "x", publishers: [1], holdings: Set(holdings))
        }
        let signer = "github:acme/widget/a.yml"
        #expect(owner(holding(.write, "widget", "a.yml")).mayAttest(signer, widget, in: .main))
        #expect(
            owner(holding(.write, "wid*", "b.yml"), holding(.write, "widget", "a.yml")).mayAttest(
                signer, widget, in: .main))
        #expect(owner(holding(.write, "widget", nil)).mayAttest(signer, widget, in: .main))
        #expect(!owner(holding(.write, "widget", "b.yml")).mayAttest(signer, widget, in: .main))
        #expect(
            !owner(holding(.read, "widget", "a.yml"), holding(.write, "widget", "b.yml")).mayAttest(
                signer, widget, in: .main))
        #expect(
            !owner(holding(.write, "other", "a.yml"), holding(.write, "widget", "b.yml")).mayAttest(
                signer, widget, in: .main))
    }
}
