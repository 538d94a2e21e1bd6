import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Registry
import Testing

@testable import WebPages

@Suite("Signing in and out")
struct SignInPagesTests {
    private static let ada = "name=ada&password=ada%27s+password"

    @Test("is a form that nothing keeps, with a label for each field")
    func form() async throws {
        try await WebPagesFixture().run { parts in
            let page = try await parts.get("/login?next=/main/simple/")
            #expect(page.status == .ok)
            #expect(page.headers[.cacheControl] == "no-store")
            #expect(page.headers[.wwwAuthenticate] == nil)
            for text in [
                "<label for=\"name\">", "<label for=\"password\">", "autocomplete=\"current-password\"",
                "name=\"next\" value=\"/main/simple/\"", "account/register",
            ] {
                #expect(page.text.contains(text), "\(text)")
            }
            #expect(!page.text.contains("role=\"alert\""))
        }
        var fixture = WebPagesFixture()
        fixture.isRegistrationOpen = false
        try await fixture.run { parts in
            let pages = [try await parts.get("/login"), try await parts.get("/account/register")]
            #expect(!pages[0].text.contains("register"))
            #expect(pages[1].status == .notFound)
        }
    }

    @Test("opens a session, and leads where somebody wanted to go")
    func signIn() async throws {
        try await WebPagesFixture().run { parts in
            try await parts.add("ada")
            let answer = try await parts.post("/login", Self.ada + "&next=/account")
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == "./account")
            #expect(answer.headers[.cacheControl] == "no-store")
            let session = try #require(answer.session)
            #expect(answer.headers[values: .setCookie].contains("session=\(session); Max-Age=1000"))
            #expect(try await parts.isGood(session))
            let front = try await parts.get("/", session: session).text
            #expect(front.contains("Signed in as <a href=\"account\">ada</a>"))
            #expect(front.contains("action=\"logout\""))
            let form = try await parts.get("/login?next=/account", session: session)
            #expect(form.status == .seeOther)
            #expect(form.headers[.location] == "./account")
        }
    }

    @Test(
        "leads nowhere else", arguments: ["//evil.example", "https://evil.example", "/\\evil.example", "evil", ""])
    func elsewhere(next: String) async throws {
        try await WebPagesFixture().run { parts in
            let session = try await parts.add("ada")
            let page = try await parts.get("/login?next=\(next)")
            #expect(page.text.contains("name=\"next\" value=\"/\""))
            #expect(try await parts.post("/login", Self.ada + "&next=\(next)").headers[.location] == "./")
            #expect(try await parts.get("/login?next=\(next)", session: session).headers[.location] == "./")
        }
    }

    @Test("says the same for people who do not exist, and keeps what was typed")
    func wrong() async throws {
        try await WebPagesFixture().run { parts in
            try await parts.add("ada")
            var texts: [String] = []
            for form in [
                "name=ada&password=wrong", "name=nobody&password=wrong", "name=ada", "name=%3Cb%3E&password=x",
            ] {
                let answer = try await parts.post("/login", form + "&next=/account")
                #expect(answer.status == .unprocessableContent)
                #expect(answer.session == nil)
                #expect(answer.headers[.wwwAuthenticate] == nil)
                #expect(answer.text.contains("value=\"/account\""))
                #expect(!answer.text.contains("<b>") && !answer.text.contains("\"wrong\""))
                let alert = answer.text.split(separator: "\n").first { $0.contains("role=\"alert\"") }
                texts.append(try #require(alert).description)
            }
            #expect(Set(texts) == ["<p class=\"error\" role=\"alert\">The user name or the password is wrong.</p>"])
        }
    }

    @Test("says how long to wait after many wrong passwords")
    func delayed() async throws {
        var fixture = WebPagesFixture()
        fixture.loginError = RegistryError(.tooManyAttempts, "Try again in 4 seconds.", retryAfter: 4)
        try await fixture.run { parts in
            let answer = try await parts.post("/login", Self.ada)
            #expect(answer.status == .tooManyRequests)
            #expect(answer.headers[.retryAfter] == "4")
            #expect(answer.text.contains("Try again in 4 seconds."))
        }
    }

    @Test("ends the session that the browser had")
    func fixation() async throws {
        try await WebPagesFixture().run { parts in
            try await parts.add("ada")
            let (old, other) = (try await parts.add("bob"), try await parts.session(of: "bob"))
            let answer = try await parts.post("/login", Self.ada, besides: old)
            let session = try #require(answer.session)
            #expect(session != old)
            #expect(try await !parts.isGood(old))
            for good in [session, other] { #expect(try await parts.isGood(good)) }
        }
    }

    @Test("a form that is too old is shown again with another token")
    func old() async throws {
        try await WebPagesFixture().run { parts in
            let answer = try await parts.client.execute(
                uri: "/login", method: .post, headers: [.contentType: "application/x-www-form-urlencoded"],
                body: .init(string: Self.ada + "&form=x&next=/account"))
            #expect(answer.status == .forbidden)
            #expect(answer.text.contains("value=\"ada\""))
            #expect(answer.text.contains("value=\"/account\""))
            #expect(answer.headers[values: .setCookie].contains { $0.hasPrefix("form=") })
        }
    }

    @Test("signing out ends the session and clears the cookie")
    func signOut() async throws {
        try await WebPagesFixture().run { parts in
            let session = try await parts.add("ada")
            let other = try await parts.session(of: "ada")
            let answer = try await parts.post("/logout", "", session: session)
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == "./")
            #expect(answer.session == "")
            #expect(try await !parts.isGood(session))
            #expect(try await parts.isGood(other))
            // Again, as in a second tab.
            #expect(try await parts.post("/logout", "", session: session).status == .seeOther)
            let front = try await parts.get("/", session: session)
            #expect(front.session == "")
            #expect(front.text.contains("href=\"login\""))
        }
    }
}
