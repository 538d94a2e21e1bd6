import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@Suite("The setup link's page")
struct SetupPageTests {
    private static let path = "/-/setup/\(WebPagesFixture.token)"
    private static let good = "name=ada&password=correct+horse&repeated=correct+horse"

    private func post(
        _ form: String, to fixture: WebPagesFixture, check: @escaping @Sendable (TestResponse) -> Void
    ) async throws {
        try await fixture.run { parts in check(try await parts.post(Self.path, form)) }
    }

    @Test("shows a form that nothing keeps")
    func form() async throws {
        try await WebPagesFixture().test { client in
            try await client.execute(uri: Self.path, method: .get) { response in
                #expect(response.status == .ok)
                #expect(response.headers[.cacheControl] == "no-store")
                let text = String(buffer: response.body)
                #expect(text.contains("name=\"password\" type=\"password\""))
                #expect(!text.contains("aria-invalid"))
            }
        }
    }

    @Test("says 404 to another token")
    func wrongToken() async throws {
        try await WebPagesFixture().test { client in
            try await client.execute(uri: "/-/setup/other", method: .get) { #expect($0.status == .notFound) }
        }
    }

    @Test("makes the administrator once")
    func once() async throws {
        let fixture = WebPagesFixture()
        try await post(Self.good, to: fixture) { response in
            #expect(response.status == .ok)
            #expect(String(buffer: response.body).contains("-u ada dist/*"))
            #expect(String(buffer: response.body).contains("<code>cellar user add NAME --config /srv/it.toml</code>"))
        }
        #expect(fixture.made.passwords == ["correct horse"])
        try await post(Self.good, to: fixture) { #expect($0.status == .gone) }
        #expect(fixture.made.passwords.count == 1)
    }

    @Test(
        "shows what is wrong, and makes nobody",
        arguments: [
            ("name=&password=longenough&repeated=longenough", "id=\"name-error\""),
            ("name=a:b&password=longenough&repeated=longenough", "id=\"name-error\""),
            ("name=ada&password=short&repeated=short", "Too short."),
            ("name=ada&password=longenough&repeated=longenougi", "not the same"),
            ("name=ada", "Too short."),
        ])
    func problems(form: String, text: String) async throws {
        let fixture = WebPagesFixture()
        try await post(form, to: fixture) { response in
            #expect(response.status == .unprocessableContent)
            #expect(String(buffer: response.body).contains(text))
        }
        #expect(fixture.made.passwords.isEmpty)
    }

    @Test("escapes what was sent")
    func escaping() async throws {
        try await post("name=%22%3E%3Cb%3E&password=longenough&repeated=longenough", to: WebPagesFixture()) {
            #expect(!String(buffer: $0.body).contains("<b>"))
        }
    }
}
