import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Registry
import Testing

@testable import WebPages

/// Every form of the pages, each sent as other sites' pages could send it.
@Suite("Forms")
struct FormTests {
    private static let strangers = [
        "/login", "/account/invitation/x", "/account/reset/x", "/account/register",
        "/-/setup/\(WebPagesFixture.token)",
    ]
    private static let sessions = ["/logout", "/account/password", "/account/sign-out", "/account/home-token"]
    private static let fields =
        "name=ada&present=ada's password&password=correct+horse&repeated=correct+horse&next=/&note="

    @Test("from another site's page are refused", arguments: strangers + sessions)
    func otherSite(path: String) async throws {
        var fixture = WebPagesFixture()
        fixture.isFromAnotherSite = true
        try await fixture.run { parts in
            let session = try await parts.add("ada")
            let isStranger = Self.strangers.contains(path)
            let answer = try await parts.post(path, Self.fields, session: isStranger ? nil : session)
            #expect(answer.status == .forbidden)
            #expect(answer.headers[.setCookie] == nil)
            #expect(try await parts.isGood(session))
        }
        #expect(fixture.made.passwords.isEmpty)
    }

    @Test("without the token of this browser are refused", arguments: strangers + sessions)
    func token(path: String) async throws {
        let fixture = WebPagesFixture()
        try await fixture.run { parts in
            let (ada, bob) = (try await parts.add("ada"), try await parts.add("bob"))
            let own = Self.strangers.contains(path) ? WebPagesFixture.formSecret : ada
            let cookies = [
                // None, a token without its cookie, another one's, the wrong kind, a cookie that is no secret.
                ("session=\(ada); form=\(WebPagesFixture.formSecret)", ""),
                ("session=\(ada); form=\(WebPagesFixture.formSecret)", "form=&"),
                ("session=\(bob); form=another-secret-of-enough-length", "form=\(Self.token(of: own))&"),
                (
                    "session=\(ada); form=\(WebPagesFixture.formSecret)",
                    "form=\(Self.token(of: own == ada ? WebPagesFixture.formSecret : ada))&"
                ), ("session=\(ada); form=short", "form=\(Self.token(of: "short"))&"),
            ]
            for (cookie, token) in cookies {
                let answer = try await parts.client.execute(
                    uri: path, method: .post,
                    headers: [.contentType: "application/x-www-form-urlencoded", .cookie: cookie],
                    body: ByteBuffer(string: token + Self.fields))
                #expect(answer.status == .forbidden, "\(cookie) \(token)")
                #expect(answer.session == nil)
            }
            for session in [ada, bob] { #expect(try await parts.isGood(session)) }
            #expect(try await parts.registry.registrations.all(caller: .localOperator).isEmpty)
        }
        #expect(fixture.made.passwords.isEmpty)
    }

    private static func token(of secret: String) -> String {
        let guards: [FormGuard] = [.stranger]
        let visit = PageVisit(
            path: "/", baseURL: "", address: nil, caller: .anonymous, session: nil, hasOldSession: false,
            formSecret: secret, isFromAnotherSite: false,
            actions: PageVisit.Actions(
                body: { _ in ByteBuffer() }, person: { _, _ in throw RegistryError(.internal, "") },
                cookieField: { _, _, _ in "" }))
        return guards.compactMap { $0.token(for: visit) }.first ?? ""
    }

    @Test("are taken as forms alone, and only so long", arguments: strangers + sessions)
    func bodies(path: String) async throws {
        try await WebPagesFixture().run { parts in
            let long = ByteBuffer(string: "name=" + String(repeating: "a", count: 20_000))
            for (type, body, status) in [
                ("application/json", ByteBuffer(string: "{}"), HTTPResponse.Status.badRequest),
                ("text/plain", ByteBuffer(string: Self.fields), .badRequest),
                ("multipart/form-data; boundary=x", ByteBuffer(string: "--x--"), .badRequest),
                ("application/x-www-form-urlencoded", ByteBuffer(string: "name=a&name=b"), .badRequest),
                ("application/x-www-form-urlencoded", long, .contentTooLarge),
            ] {
                let answer = try await parts.client.execute(
                    uri: path, method: .post, headers: [.contentType: type], body: body)
                #expect(answer.status == status, "\(type)")
            }
        }
    }

    @Test("get their cookie with the page, once")
    func cookie() async throws {
        try await WebPagesFixture().run { parts in
            let first = try await parts.get("/login")
            let cookie = try #require(first.headers[values: .setCookie].first { $0.hasPrefix("form=") })
            #expect(!cookie.contains("Max-Age"))
            #expect(cookie.utf8.count >= 5 + 43)
            let again = try await parts.client.execute(uri: "/login", method: .get, headers: [.cookie: cookie])
            #expect(again.headers[.setCookie] == nil)
            let token = Self.token(of: String(cookie.dropFirst(5)))
            #expect(first.text.contains("value=\"\(token)\""))
            #expect(again.text.contains("value=\"\(token)\""))
            #expect(!again.text.contains(cookie.dropFirst(5)))
        }
    }
}
