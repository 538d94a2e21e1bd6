import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Registry
import Testing

@testable import WebPages

@Suite("What stands around every page")
struct LayoutTests {
    @Test("has a way to skip it, a search, and headers that let nothing else in")
    func frame() async throws {
        try await WebPagesFixture().run { parts in
            for path in ["/", "/login", "/account/register"] {
                let page = try await parts.get(path)
                for text in [
                    "<html lang=\"en\">", "href=\"#main\"", "<main id=\"main\"", "role=\"search\"",
                    "href=\"?language=ja\"", "href=\"?theme=dark\"",
                ] {
                    #expect(page.text.contains(text), "\(path): \(text)")
                }
                let policy = try #require(page.headers[.contentSecurityPolicy])
                #expect(policy.contains("default-src 'none'; script-src 'self'; style-src 'self'"))
                #expect(!policy.contains("unsafe"))
                #expect(page.headers[.vary]?.contains("Accept-Language") == true)
                #expect(page.text.matches(of: /<script(?! src="[.\/]*-\/pages\/script\.js" defer>)/).isEmpty)
                #expect(page.text.matches(of: /\s(style|on[a-z]+)=/).isEmpty)
            }
        }
    }

    @Test("leads back to the page from the form for signing in, and keeps no path that is a secret")
    func signIn() async throws {
        try await WebPagesFixture().run { parts in
            #expect(try await parts.get("/").text.contains("href=\"login\""))
            #expect(
                try await parts.get("/account/register").text
                    .contains("href=\"../login?next=/account/register\""))
            let path = try await parts.registry.links.invite(InvitationOrder(name: nil), caller: .localOperator).path
            let secret = try #require(path.split(separator: "/").last)
            #expect(try await !parts.get(path + "?x=\(secret)").text.contains(secret))
        }
    }

    @Test("is in the language and the colours of the cookies, and of the browser")
    func preferences() async throws {
        try await WebPagesFixture().run { parts in
            let japanese = try await parts.client.execute(
                uri: "/login", method: .get, headers: [.acceptLanguage: "ja,en;q=0.5"])
            #expect(japanese.text.contains("<html lang=\"ja\">"))
            #expect(japanese.text.contains("ユーザー名"))
            let dark = try await parts.client.execute(
                uri: "/login", method: .get,
                headers: [.acceptLanguage: "ja", .cookie: "language=en; theme=dark"])
            #expect(dark.text.contains("<html lang=\"en\" data-theme=\"dark\">"))
        }
    }

    @Test(
        "keeps a choice in a cookie, and leads back to the same page",
        arguments: [
            ("/?language=ja", "./", "language=ja; Max-Age=31536000"),
            ("/login?next=/a/%3Fx&theme=dark", "./login?next=/a/%3Fx", "theme=dark; Max-Age=31536000"),
            ("/login?theme=system", "./login", "theme=; Max-Age=0"),
            ("/account/register?language=en&a=1", "./register?a=1", "language=en; Max-Age=31536000"),
            ("/account/invitation/x?theme=light", "./x", "theme=light; Max-Age=31536000"),
        ])
    func choices(path: String, location: String, cookie: String) async throws {
        var fixture = WebPagesFixture()
        try await fixture.run { parts in
            let answer = try await parts.get(path)
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == location)
            #expect(answer.headers[values: .setCookie] == [cookie])
            #expect(answer.headers[.cacheControl] == "no-store")
        }
        fixture.isFromAnotherSite = true
        try await fixture.run { parts in
            let answer = try await parts.get(path)
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.setCookie] == nil)
        }
    }

    @Test("knows no other language, and no other colours")
    func unknown() async throws {
        try await WebPagesFixture().run { parts in
            let answer = try await parts.get("/?language=%22%3E&theme=pink")
            #expect(answer.headers[.location] == "./")
            #expect(answer.headers[.setCookie] == nil)
        }
    }
}
