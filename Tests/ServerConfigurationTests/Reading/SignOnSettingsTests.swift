import Registry
import Testing

@testable import ServerConfiguration

@Suite("Settings of providers with which people sign in")
struct SignOnSettingsTests {
    private static let base = "[server]\nbase_url = \"https://pypi.example.com\"\n"

    @Test("say what is written, and what is usual")
    func reading() throws {
        let configuration = try ServerConfiguration.read(
            Self.base + """
                [sso.corp]
                url = "https://login.example.com"
                client_id = "cellar"
                groups_claim = "groups"
                admin_group = "ops"
                require = ["groups=dev*"]
                [sso.google]
                url = "https://accounts.google.com"
                client_id = "x.apps.googleusercontent.com"
                client_secret = "hush"
                label = "Google"
                name_claim = "email"
                scopes = ["openid", "email"]
                require = ["hd=example.com"]
                """)
        #expect(configuration.signOn.map(\.issuer.name) == ["corp", "google"])
        #expect(configuration.signOn.map(\.label) == ["corp", "Google"])
        #expect(configuration.signOn.map(\.issuer.audience) == ["cellar", "x.apps.googleusercontent.com"])
        #expect(configuration.signOn.map { $0.clientSecret?.reveal() } == [nil, "hush"])
        #expect(configuration.signOn.map(\.nameClaim) == ["preferred_username", "email"])
        #expect(configuration.signOn.map(\.scopes) == [["openid", "profile"], ["openid", "email"]])
        #expect(configuration.signOn[0].adminGroup == "ops")
        #expect(configuration.signOn[1].hosts.contains("oauth2.googleapis.com"))
        #expect(configuration.signOn[0].hosts == [])
    }

    @Test(
        "that cannot be are told",
        arguments: [
            ("[sso.corp]\nurl = \"https://login.example.com\"\nclient_id = \"x\"", "needs server.base_url"),
            (Self.base + "[sso.corp]\nclient_id = \"x\"", "cellar.toml:3: sso.corp needs url, such as"),
            (Self.base + "[sso.corp]\nurl = \"https://login.example.com\"", "sso.corp needs client_id, such as"),
            (
                Self.base + "[sso.corp]\nurl = \"https://l.example\"\nclient_id = \"x\"\nscopes = [\"profile\"]",
                "cellar.toml:6: sso.corp.scopes must have \"openid\""
            ),
            (
                Self.base + "[sso.corp]\nurl = \"https://l.example\"\nclient_id = \"x\"\nadmin_group = \"ops\"",
                "cellar.toml:6: sso.corp.admin_group needs groups_claim beside it"
            ),
            (
                Self.base + "[sso.g]\nurl = \"https://accounts.google.com\"\nclient_id = \"x\"",
                "everybody can have an account at https://accounts.google.com"
            ),
            (
                Self.base + "[sso.corp]\nurl = \"https://l.example\"\nclient_id = \"x\"\nrequire = [\"hd\"]",
                "must be a claim and its value"
            ),
            (Self.base + "[sso.corp]\nurl = \"http://l.example\"\nclient_id = \"x\"", "must be the https address"),
            (Self.base + "[sso.Corp]\nurl = \"https://l.example\"\nclient_id = \"x\"", "the name of a provider has"),
        ])
    func refusals(text: String, message: String) throws {
        let error = #expect(throws: ConfigurationErrors.self) { try ServerConfiguration.read(text) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
}
