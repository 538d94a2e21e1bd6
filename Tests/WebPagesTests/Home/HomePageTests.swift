import Hummingbird
import HummingbirdTesting
import Registry
import Testing

@Suite("The page at /")
struct IndexPageTests {
    private func page(_ fixture: WebPagesFixture) async throws -> String {
        let page = Received()
        try await fixture.test { client in
            try await client.execute(uri: "/", method: .get) { response in
                #expect(response.status == .ok)
                #expect(response.headers[.contentType] == "text/html; charset=utf-8")
                #expect(response.headers[.cacheControl] == "private, no-cache")
                #expect(response.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
                await page.set(String(buffer: response.body))
            }
        }
        return await page.text
    }

    private actor Received {
        var text = ""
        func set(_ new: String) { text = new }
    }

    @Test("says who is signed in, and leads strangers to the form for that")
    func login() async throws {
        var fixture = WebPagesFixture()
        #expect(try await page(fixture).contains("<a href=\"login\">Sign in</a>"))
        // With credentials in the headers, which nobody can sign out of.
        fixture.caller = .person(Person(id: 1, name: "ada", isAdministrator: false, groups: []))
        let text = try await page(fixture)
        #expect(text.contains("Signed in as ada."))
        #expect(!text.contains("href=\"login\""))
        #expect(!text.contains("logout"))
    }

    @Test("shows how to install from and publish to the first index")
    func snippets() async throws {
        let text = try await page(WebPagesFixture())
        #expect(text.contains("pip install --index-url http://127.0.0.1:6543/main/simple/ PROJECT"))
        #expect(text.contains("twine upload --repository-url http://127.0.0.1:6543/main/ dist/*"))
        #expect(text.contains("uv publish --publish-url http://127.0.0.1:6543/main/"))
        #expect(text.contains("poetry source add"))
        #expect(text.contains("[[tool.pdm.source]]"))
    }

    @Test("makes an index with upstreams the only one of each client, and else leaves them theirs")
    func upstreams() async throws {
        var fixture = WebPagesFixture()
        let alone = try await page(fixture)
        #expect(alone.contains("explicit = true"))
        #expect(alone.contains("--priority=explicit"))
        #expect(alone.contains("include_packages"))
        fixture.indexes[0].fallback = .cache
        fixture.indexes[0].upstreams = [.remote("pypi")]
        let before = try await page(fixture)
        #expect(before.contains("default = true"))
        #expect(before.contains("--priority=primary"))
        #expect(before.contains("name = &quot;pypi&quot;"))
        #expect(!before.contains("include_packages"))
    }

    @Test("tells pip to trust a plain host, and only then")
    func trustedHost() async throws {
        var fixture = WebPagesFixture()
        fixture.baseURL = "http://index.example:8080"
        #expect(try await page(fixture).contains("--trusted-host index.example PROJECT"))
        fixture.baseURL = "https://index.example/cellar"
        let text = try await page(fixture)
        #expect(!text.contains("--trusted-host"))
        #expect(text.contains("https://index.example/cellar/main/simple/"))
        #expect(text.contains("machine index.example\n"))
    }

    @Test("does not name indexes that the visitor may neither read nor write")
    func hiddenIndexes() async throws {
        var fixture = WebPagesFixture()
        let hidden = try #require(IndexName("secret-plans"))
        fixture.indexes.append(
            IndexSettings(name: hidden, access: AccessLists(read: [.authenticated], write: [.authenticated])))
        let text = try await page(fixture)
        #expect(!text.contains("secret-plans"))
        #expect(text.contains("Some indexes are not shown"))
        fixture.caller = .person(Person(id: 1, name: "ada", isAdministrator: false, groups: []))
        let known = try await page(fixture)
        #expect(known.contains("secret-plans/simple/"))
        #expect(!known.contains("Some indexes are not shown"))
    }

    @Test("escapes what it shows")
    func escaping() async throws {
        var fixture = WebPagesFixture()
        fixture.baseURL = "http://x\"><b>"
        let text = try await page(fixture)
        #expect(!text.contains("<b>"))
        #expect(text.contains("&lt;b&gt;"))
    }

    @Test(
        "has a style and an icon of its own",
        arguments: ["/-/pages/style.css", "/-/pages/script.js", "/-/pages/icon.svg"])
    func resources(path: String) async throws {
        try await WebPagesFixture().test { client in
            try await client.execute(uri: path, method: .get) { response in
                #expect(response.status == .ok)
                #expect(response.body.readableBytes > 100)
            }
        }
    }
}
