import FoundationEssentials
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import Testing

@testable import CellarHTTP

@Suite("Tokens over the management API")
struct TokenAPITests {
    private struct Made: Decodable {
        let token: String
        let id: Int64
        let name: String
        let owner: String
        let rights: [String]?
        let indexes: [String]?
        let projects: [String]?
        let session: Bool
        let expires_at: String?
    }

    private static func ask(
        _ method: HTTPRequest.Method, _ path: String, by headers: HTTPFields, body: String? = nil,
        _ client: any TestClientProtocol
    ) async throws -> (status: Int, text: String) {
        let answer = try await client.execute(
            uri: "/api/v1" + path, method: method, headers: headers, body: body.map(ByteBuffer.init))
        #expect(answer.headers[.contentType] == "application/json")
        #expect(answer.headers[.cacheControl]?.contains("no-store") == true || answer.status.code >= 400)
        return (answer.status.code, String(buffer: answer.body))
    }

    private static func make(
        _ body: String, by headers: HTTPFields, at path: String = "/tokens", _ client: any TestClientProtocol
    ) async throws -> Made {
        let answer = try await ask(.post, path, by: headers, body: body, client)
        #expect(answer.status == 201, "\(answer.text)")
        return try JSONDecoder().decode(Made.self, from: Data(answer.text.utf8))
    }

    @Test("people make, list and revoke their own tokens; administrators everybody's")
    func lifeOfTokens() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.addPeople()
            try await fixture.ask { client in
                let alice = HTTPFields.basic("alice")
                let made = try await Self.make(
                    #"{"name":"ci","rights":["read","write"],"indexes":["main"],"projects":["Acme_Core"],"#
                        + #""expires_in":900}"#, by: alice, client)
                #expect(made.owner == "user:alice")
                #expect(made.rights == ["read", "write"])
                #expect(made.indexes == ["main"])
                #expect(made.projects == ["acme-core"])
                #expect(!made.session)
                let never = try await Self.make(#"{"name":"never","never_expires":true}"#, by: alice, client)
                #expect(never.expires_at == nil)
                #expect(never.rights == nil)

                for (who, names) in [
                    (alice, ["ci", "never"]), (.basic("bob"), []), (.basic("root"), ["ci", "never"]),
                ] {
                    let list = try await Self.ask(.get, "/tokens", by: who, client)
                    #expect(list.status == 200)
                    #expect(try JSONText.values(of: "name", in: "tokens", of: list.text) == names)
                    #expect(!list.text.contains("cellar_"))
                }
                #expect(try await Self.ask(.get, "/tokens?owner=user:alice", by: .basic("bob"), client).status == 403)
                #expect(try await Self.ask(.delete, "/tokens/\(made.id)", by: .basic("bob"), client).status == 404)
                #expect(try await Self.ask(.get, "/indexes", by: .token(made.token), client).status == 200)
                #expect(
                    try await Self.ask(.delete, "/tokens/\(made.id)", by: alice, client).text
                        == #"{"removed":\#(made.id)}"#)
                #expect(try await Self.ask(.get, "/indexes", by: .token(made.token), client).status == 401)
                #expect(try await Self.ask(.delete, "/tokens/\(never.id)", by: .basic("root"), client).status == 200)
                let audit = try await Self.ask(.get, "/audit?limit=4", by: .basic("root"), client).text
                let actions = ["token.revoke", "token.revoke", "token.create", "token.create"]
                #expect(try JSONText.values(of: "action", in: "lines", of: audit) == actions)
            }
        }
    }

    @Test("what cannot be is refused, and says why")
    func refused() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.addPeople()
            try await fixture.ask { client in
                for (body, status) in [
                    ("", 400), ("{}", 400), (#"{"name":"a b"}"#, 400), (#"{"name":"t","rights":["fly"]}"#, 400),
                    (#"{"name":"t","rights":[]}"#, 400), (#"{"name":"t","indexes":["absent"]}"#, 404),
                    (#"{"name":"t","indexes":["secret"]}"#, 404), (#"{"name":"t","projects":["-"]}"#, 400),
                    (#"{"name":"t","expires_in":10}"#, 400), (#"{"name":"t","expires_in":99999999999}"#, 400),
                    (#"{"name":"t","expires_in":900,"never_expires":true}"#, 400), (#"{"name":"t","extra":1}"#, 400),
                    (#"{"name":"t","owner":"everyone"}"#, 400), (#"{"name":"t","owner":"user:alice"}"#, 403),
                    (#"{"name":"t","owner":"service:ci"}"#, 403),
                ] {
                    let answer = try await Self.ask(.post, "/tokens", by: .basic("bob"), body: body, client)
                    #expect(answer.status == status, "\(body) \(answer.text)")
                }
                for path in ["/tokens", "/auth/session", "/service-accounts"] {
                    let body = #"{"name":"t"}"#
                    #expect(
                        try await Self.ask(.post, path, by: [:], body: path == "/auth/session" ? "" : body, client)
                            .status == 401)
                }
                #expect(try await Self.ask(.get, "/tokens", by: [:], client).status == 401)
                #expect(try await Self.ask(.delete, "/tokens/1", by: [:], client).status == 401)
            }
        }
    }

    @Test("a password or a token is traded for a session within the same scope")
    func sessions() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.addPeople()
            try await fixture.ask { client in
                let path = "/auth/session"
                let first = try await Self.make("", by: .basic("alice"), at: path, client)
                #expect(first.session)
                #expect(first.owner == "user:alice")
                #expect(try await Self.ask(.get, "/indexes", by: .token(first.token), client).text.contains("secret"))
                let narrow = try await Self.make(
                    #"{"name":"narrow","rights":["read"],"indexes":["main"]}"#, by: .token(first.token), client)
                let second = try await Self.make(
                    #"{"expires_in":900}"#, by: .token(narrow.token), at: path, client)
                #expect(second.rights == ["read"])
                #expect(second.indexes == ["main"])
                for seconds in [899, 43201] {
                    let answer = try await Self.ask(
                        .post, path, by: .basic("alice"), body: "{\"expires_in\":\(seconds)}", client)
                    #expect(answer.status == 400)
                }
                // What was made with a session ends with it.
                #expect(
                    try await Self.ask(.delete, "/tokens/\(first.id)", by: .token(first.token), client).status == 200)
                for token in [first, narrow, second] {
                    #expect(try await Self.ask(.get, "/indexes", by: .token(token.token), client).status == 401)
                }
            }
        }
    }

    @Test("administrators keep service accounts")
    func serviceAccounts() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.addPeople()
            try await fixture.ask { client in
                let (path, root) = ("/service-accounts", HTTPFields.basic("root"))
                #expect(try await Self.ask(.post, path, by: root, body: #"{"name":"ci"}"#, client).status == 201)
                #expect(try await Self.ask(.post, path, by: root, body: #"{"name":"CI"}"#, client).status == 409)
                #expect(try await Self.ask(.post, path, by: root, body: #"{"name":"c i"}"#, client).status == 400)
                for method in [HTTPRequest.Method.get, .post] {
                    let body = method == .post ? #"{"name":"x"}"# : nil
                    #expect(try await Self.ask(method, path, by: .basic("bob"), body: body, client).status == 403)
                }
                let list = try await Self.ask(.get, path, by: root, client).text
                #expect(try JSONText.values(of: "name", in: "service_accounts", of: list) == ["ci"])
                let made = try await Self.make(#"{"name":"t","owner":"service:ci"}"#, by: root, client)
                #expect(try await Self.ask(.get, "/indexes", by: .token(made.token), client).status == 200)
                let grant = #"{"right":"read","principal":"service:ci","index":"secret"}"#
                #expect(try await Self.ask(.post, "/grants", by: root, body: grant, client).status == 201)
                #expect(try await Self.ask(.get, "/indexes", by: .token(made.token), client).text.contains("secret"))
                #expect(try await Self.ask(.delete, path + "/ci", by: root, client).status == 200)
                #expect(try await Self.ask(.delete, path + "/ci", by: root, client).status == 404)
                #expect(try await Self.ask(.get, "/indexes", by: .token(made.token), client).status == 401)
            }
        }
    }
}
