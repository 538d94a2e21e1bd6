import HTTPTypes
import HummingbirdTesting
import NIOCore
import Registry
import Testing

@testable import CellarHTTP

@Suite("Users in the management API")
struct UsersAPITests {
    private static let path = "/api/v1/users"

    private static func ask(
        _ method: HTTPRequest.Method, _ path: String, by user: String? = "root", body: String? = nil,
        _ client: any TestClientProtocol
    ) async throws -> (status: Int, text: String) {
        let answer = try await client.execute(
            uri: path, method: method, headers: user.map { .basic($0) } ?? [:], body: body.map(ByteBuffer.init))
        #expect(answer.headers[.contentType] == "application/json")
        return (answer.status.code, String(buffer: answer.body))
    }

    @Test("are added, listed, given passwords and roles, and removed")
    func wholeWay() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let added = try await Self.ask(
                    .post, Self.path, body: #"{"name":"eve","password":"correct horse"}"#, client)
                #expect(added.status == 201)
                #expect(added.text == #"{"name":"eve"}"#)
                _ = try await Self.ask(
                    .post, Self.path, body: #"{"name":"zoe","password":"correct horse","administrator":true}"#, client)
                let list = try await Self.ask(.get, Self.path, client).text
                #expect(list.contains(#"{"name":"eve","administrator":false,"declared":false,"groups":[],"#))
                #expect(list.contains(#"{"name":"zoe","administrator":true,"declared":false"#))
                #expect(!list.contains("$y$"))
                let password = try await Self.ask(
                    .put, "\(Self.path)/eve/password", body: #"{"password":"battery staple"}"#, client)
                #expect(password.status == 200)
                #expect(try await fixture.registry.database.user(named: "eve")?.passwordHash == "$y$battery staple")
                let role = #"{"administrator":true}"#
                #expect(
                    try await Self.ask(.patch, "\(Self.path)/eve", body: role, client).text == #"{"changed":true}"#)
                #expect(
                    try await Self.ask(.patch, "\(Self.path)/eve", body: role, client).text == #"{"changed":false}"#)
                #expect(try await Self.ask(.delete, "\(Self.path)/zoe", client).text == #"{"removed":"zoe"}"#)
                #expect(try await Self.ask(.delete, "\(Self.path)/eve", client).status == 409)
            }
        }
    }

    @Test("are blocked, linked and unlinked")
    func outside() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                _ = try await Self.ask(.post, Self.path, body: #"{"name":"eve","password":"correct horse"}"#, client)
                let eve = "\(Self.path)/eve"
                let changed = (yes: #"{"changed":true}"#, no: #"{"changed":false}"#)
                let blocked = #"{"blocked":true}"#
                #expect(try await Self.ask(.patch, eve, body: blocked, client).text == changed.yes)
                #expect(try await Self.ask(.patch, eve, body: blocked, client).text == changed.no)
                #expect(try await Self.ask(.patch, eve, body: "{}", client).status == 400)
                let both = #"{"blocked":true,"administrator":true}"#
                #expect(try await Self.ask(.patch, eve, body: both, client).status == 400)
                let subject = #"{"subject":"7-7"}"#
                #expect(try await Self.ask(.put, "\(eve)/links/ldap", body: subject, client).text == changed.yes)
                #expect(try await Self.ask(.put, "\(eve)/links/ldap", body: subject, client).text == changed.no)
                let other = #"{"subject":"8"}"#
                #expect(try await Self.ask(.put, "\(eve)/links/ldap", body: other, client).status == 409)
                #expect(try await Self.ask(.put, "\(eve)/links/nis", body: other, client).status == 400)
                #expect(
                    try await Self.ask(.put, "\(eve)/links/sso:a", body: #"{"subject":""}"#, client).status == 400)
                #expect(try await Self.ask(.put, "\(eve)/links/sso:a", by: "alice", body: other, client).status == 403)
                let list = try await Self.ask(.get, Self.path, client).text
                #expect(
                    list.contains(
                        #""blocked":true,"password":false,"links":[{"provider":"ldap","subject":"7-7","gone":false,"#
                            + #""confirmed_at":null,"trusted_until":null}]"#))
                #expect(try await Self.ask(.delete, "\(eve)/links/ldap", client).text == changed.yes)
                #expect(try await Self.ask(.delete, "\(eve)/links/ldap", client).text == changed.no)
                #expect(try await Self.ask(.delete, "\(Self.path)/nobody/links/ldap", client).status == 404)
            }
        }
    }

    @Test("that the configuration declares are refused, with where to change them")
    func declared() async throws {
        try await HTTPFixture.run { fixture in
            let ada = DeclaredPerson(name: "ada@acme", passwordHash: "$y$1", isAdministrator: false)
            try await fixture.registry.declaring.declare(Declaration(people: [ada]))
            try await fixture.ask { client in
                let path = "\(Self.path)/ada@acme"
                let refused = [
                    try await Self.ask(.delete, path, client),
                    try await Self.ask(.patch, path, body: #"{"administrator":true}"#, client),
                    try await Self.ask(.put, path + "/password", body: #"{"password":"correct horse"}"#, client),
                    try await Self.ask(
                        .post, Self.path, body: #"{"name":"Ada@acme","password":"correct horse"}"#, client),
                ]
                for answer in refused {
                    #expect(answer.status == 409)
                    #expect(answer.text.contains(#"in [users.\"ada@acme\"]"#), "\(answer.text)")
                }
                #expect(try await Self.ask(.get, Self.path, client).text.contains(#""declared":true"#))
            }
        }
    }

    @Test("are for administrators only, and refused if they cannot be meant")
    func refused() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let body = #"{"name":"eve","password":"correct horse"}"#
                for (method, path, body) in [
                    (HTTPRequest.Method.get, Self.path, nil), (.post, Self.path, body),
                    (.patch, Self.path + "/alice", #"{"administrator":true}"#),
                    (.put, Self.path + "/alice/password", #"{"password":"correct horse"}"#),
                    (.delete, Self.path + "/alice", nil),
                ] as [(HTTPRequest.Method, String, String?)] {
                    let asAlice = try await Self.ask(method, path, by: "alice", body: body, client)
                    #expect(asAlice.status == 403)
                    let asNobody = try await Self.ask(method, path, by: nil, body: body, client)
                    #expect(asNobody.status == 401)
                }
                let wrong: [(HTTPRequest.Method, String, String, Int)] = [
                    (.post, Self.path, #"{"name":"a:b","password":"correct horse"}"#, 400),
                    (.post, Self.path, #"{"name":"eve","password":"short"}"#, 400),
                    (.post, Self.path, #"{"name":"eve"}"#, 400),
                    (.post, Self.path, #"{"name":"eve","password":"correct horse","admin":true}"#, 400),
                    (.patch, Self.path + "/nobody", #"{"administrator":true}"#, 404),
                    (.put, Self.path + "/nobody/password", #"{"password":"correct horse"}"#, 404),
                    (.put, Self.path + "/nobody", #"{"password":"correct horse"}"#, 405),
                    (.put, Self.path + "/a:b/password", #"{"password":"correct horse"}"#, 404),
                    (.put, "/api/v1/grants?index=main", "{}", 405),
                ]
                for (method, path, body, status) in wrong {
                    let answer = try await Self.ask(method, path, body: body, client)
                    #expect(answer.status == status, "\(path) \(body)")
                }
            }
        }
    }
}
