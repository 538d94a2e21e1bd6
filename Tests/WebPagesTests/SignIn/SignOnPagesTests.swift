import HTTPTypes
import Hummingbird
import HummingbirdTesting
import PackagingStandards
import Registry
import Testing

@testable import WebPages

@Suite("Signing in with a provider")
struct SignOnPagesTests {
    private static let attempt = SignOnAttempt(state: "the-state", nonce: "the-nonce", verifier: "the-verifier")

    /// A provider that takes the code `ada`, and is down for `down`.
    private static func fixture(isDown: Bool = false) throws -> WebPagesFixture {
        let outside = try #require(OutsideProvider("sso:corp"))
        var fixture = WebPagesFixture()
        fixture.providers = [
            SignOnProvider(
                name: "corp", label: "<Acme>",
                begin: { address in
                    if isDown { throw RegistryError(.unavailable, "It is down.", retryAfter: 10) }
                    return SignOnBeginning(address: "https://login.example.com/?back=\(address)", attempt: attempt)
                },
                finish: { answer, attempt, address in
                    guard answer.state == attempt.state, attempt == Self.attempt,
                        address.hasSuffix("/login/sso/corp/callback")
                    else { throw RegistryError(.wrongCredentials, "Another state.") }
                    if let error = answer.error { throw RegistryError(.forbidden, "The provider refuses: \(error).") }
                    guard answer.code == "ada", let identity = OutsideIdentity(outside, subject: "x#1") else {
                        throw RegistryError(.wrongCredentials, "No such code.")
                    }
                    return ProvenPerson(identity, name: "ada")
                },
                recognise: { _ in nil })
        ]
        return fixture
    }

    private func cookie(_ next: String = "/main/simple/") throws -> String {
        try SignOnCookie(provider: "corp", attempt: Self.attempt, next: #require(LocalPath(next))).text
    }

    private func comeBack(
        _ query: String, with cookie: String?, _ parts: WebPagesFixture.Parts
    ) async throws -> TestResponse {
        try await parts.client.execute(
            uri: "/login/sso/corp/callback?\(query)", method: .get,
            headers: cookie.map { [.cookie: "sign-on=\($0)"] } ?? [:])
    }

    @Test("has a button on the login page, which leads to the provider")
    func button() async throws {
        try await Self.fixture().run { parts in
            let page = try await parts.get("/login?next=/account").text
            #expect(page.contains("href=\"login/sso/corp?next=/account\">Sign in with &lt;Acme&gt;</a>"))
            let answer = try await parts.get("/login/sso/corp?next=/account")
            #expect(answer.status == .seeOther)
            #expect(
                answer.headers[.location]
                    == "https://login.example.com/?back=http://127.0.0.1:6543/login/sso/corp/callback")
            let taken = answer.headers[values: .setCookie].first { $0.hasPrefix("signOn=") }
            #expect(taken?.hasSuffix("; Max-Age=600") == true)
            let text = taken?.dropFirst(7).prefix { $0 != ";" } ?? ""
            #expect(SignOnCookie(String(text))?.next == .account)
        }
    }

    @Test("ends in a session, and where the visitor wanted to go")
    func session() async throws {
        try await Self.fixture().run { parts in
            let answer = try await comeBack("state=the-state&code=ada", with: cookie(), parts)
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location]?.hasSuffix("main/simple/") == true)
            let cookies = answer.headers[values: .setCookie]
            #expect(cookies.contains { $0.hasPrefix("session=cellar_") })
            #expect(cookies.contains("signOn=; Max-Age=0"))
            #expect(try await parts.registry.people.all(caller: .localOperator).map(\.name) == ["ada"])
        }
    }

    @Test("says why nobody was signed in, and keeps nothing")
    func refusals() async throws {
        try await Self.fixture().run { parts in
            let cases: [(query: String, cookie: String?, status: HTTPResponse.Status, text: String)] = [
                ("state=the-state&code=eve", try cookie(), .unprocessableContent, "No such code."),
                ("state=other&code=ada", try cookie(), .unprocessableContent, "Another state."),
                ("state=the-state&error=access_denied", try cookie(), .forbidden, "access_denied"),
                ("state=the-state&code=ada", nil, .unprocessableContent, "in another browser"),
                ("state=the-state&code=ada", "nonsense", .unprocessableContent, "in another browser"),
                (
                    "state=the-state&code=ada", try cookie().replacing("corp.", with: "other."), .unprocessableContent,
                    "in another browser"
                ),
            ]
            for (query, cookie, status, text) in cases {
                let answer = try await comeBack(query, with: cookie, parts)
                #expect(answer.status == status, "\(query)")
                #expect(answer.text.contains(text), "\(query)")
                #expect(answer.headers[.cacheControl] == "no-store")
                #expect(!answer.headers[values: .setCookie].contains { $0.hasPrefix("session=cellar_") })
                #expect(answer.headers[values: .setCookie].contains("signOn=; Max-Age=0"))
            }
            #expect(try await parts.get("/login/sso/nobody").status == .notFound)
            #expect(try await parts.get("/login/sso/nobody/callback?state=x&code=y").status == .notFound)
        }
        try await Self.fixture(isDown: true).run { parts in
            let answer = try await parts.get("/login/sso/corp")
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.headers[.retryAfter] == "10")
            #expect(answer.text.contains("It is down."))
        }
    }

    @Test("What a browser takes along is read as it was written, and nothing else is")
    func cookies() throws {
        for next in ["/", "/main/simple/?x=1;y,z", "/a.b.c"] {
            let path = try #require(LocalPath(next))
            let written = SignOnCookie(provider: "corp", attempt: Self.attempt, next: path)
            #expect(SignOnCookie(written.text) == written)
            #expect(written.text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "-_.".utf8.contains($0) })
        }
        let evil = Base64.encodeForURLs(Array("//evil.example".utf8))
        for text in ["", "a.b.c.d", "a.b.c.d.\(evil)", "a.b.c.d.L.L"] { #expect(SignOnCookie(text) == nil, "\(text)") }
    }
}
