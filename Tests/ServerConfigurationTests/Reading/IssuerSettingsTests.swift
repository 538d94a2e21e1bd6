import Registry
import Testing

@testable import ServerConfiguration

@Suite("Issuers in a configuration")
struct IssuerSettingsTests {
    @Test("There are none without being written, and then no audience")
    func none() throws {
        let configuration = try ServerConfiguration.read("[server]\nbase_url = \"https://pypi.example.com\"")
        #expect(configuration.issuers.isEmpty)
        #expect(configuration.identityAudience == nil)
    }

    @Test("The public ones need no more than a section")
    func known() throws {
        let configuration = try ServerConfiguration.read(
            """
            [server]
            base_url = "https://PyPI.example.com:8443/x"
            [issuer.github]
            [issuer.gitlab]
            [issuer.google]
            [issuer.buildkite]
            """)
        let issuers = configuration.issuers
        #expect(issuers.map(\.issuer.kind) == [.gitHub, .gitLab, .google, .buildkite])
        #expect(
            issuers.map(\.issuer.url) == [
                "https://token.actions.githubusercontent.com", "https://gitlab.com", "https://accounts.google.com",
                "https://agent.buildkite.com",
            ])
        #expect(issuers.allSatisfy { $0.issuer.audience == "pypi.example.com" })
        #expect(issuers.map(\.keyHosts) == [[], [], ["www.googleapis.com"], []])
        #expect(configuration.identityAudience == "pypi.example.com")
    }

    @Test("Every key of an issuer can be written")
    func everyKey() throws {
        let configuration = try ServerConfiguration.read(
            """
            [server]
            audience = "cellar.corp"
            [issuer.ci]
            kind = "forgejo"
            url = "https://Forgejo.corp.example/api/actions/"
            audience = "https://cellar.corp.example"
            authorities_file = "/dev/null"
            key_hosts = ["Keys.corp.example"]
            [issuer.local]
            url = "http://127.0.0.1:8080/ci"
            """, environment: ["CELLAR_ISSUER_LOCAL_AUDIENCE": "other"])
        let issuer = try #require(configuration.issuers.first)
        // Tokens name their issuer byte by byte.
        #expect(
            issuer.issuer
                == IdentityIssuer(
                    name: "ci", url: "https://Forgejo.corp.example/api/actions/", kind: .forgejo,
                    audience: "https://cellar.corp.example"))
        #expect(issuer.authoritiesFile == "/dev/null")
        #expect(issuer.keyHosts == ["keys.corp.example"])
        #expect(configuration.issuers[1].issuer.kind == .generic)
        #expect(configuration.issuers[1].issuer.audience == "other")
        #expect(configuration.identityAudience == "cellar.corp")
    }

    private static let mistakes = [
        ("[issuer.ci]\nurl = \"https://ci.example.com\"", "issuer.ci: for whom are its tokens?"),
        ("[server]\naudience = \"a b\"", "server.audience must be"),
        ("[issuer.forgejo]\naudience = \"x\"", "needs url"),
        ("[issuer.ci]\naudience = \"x\"\nurl = \"http://ci.example.com\"", "must be the https address"),
        ("[issuer.ci]\naudience = \"x\"\nurl = \"https://u:p@ci.example.com\"", "must be the https address"),
        ("[issuer.ci]\naudience = \"x\"\nurl = \"https://ci.example.com?a\"", "must be the https address"),
        ("[issuer.ci]\naudience = \"x\"\nurl = \"ci.example.com\"", "must be the https address"),
        ("[issuer.github]\naudience = \"x\"\nkind = \"gitlap\"", "did you mean \"gitlab\"?"),
        ("[issuer.GitHub]\naudience = \"x\"\nurl = \"https://ci.example.com\"", "the name of an issuer has lowercase"),
        ("[issuer.github]\naudience = \"x\"\nurls = \"y\"", "did you mean issuer.github.url?"),
        ("[server]\naudience = \"x\"\n[issuer.github]\n[issuer.b]\nkind = \"github\"", "has the url of issuer.github"),
        ("[issuer.github]\naudience = \"x\"\nauthorities_file = \"/nonexistent\"", "can't be read"),
        ("[issuer.github]\naudience = \"x\"\nkey_hosts = [\"https://x\"]", "the name or address of a host"),
    ]

    @Test("What is wrong is told", arguments: mistakes)
    func wrong(_ text: String, _ reason: String) {
        let found = problems(text)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains(reason) == true, "\(found)")
    }

    @Test("The environment adds no issuer")
    func environment() {
        let found = problems("", environment: ["CELLAR_ISSUER_GITHUB_URL": "https://ci.example.com"])
        #expect(found.first?.contains("it can't add an issuer") == true, "\(found)")
    }
}
