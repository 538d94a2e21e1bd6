import FoundationEssentials
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import CellarHTTP

/// Alice reads and writes `secret`; nobody else does.
@Suite("Sessions of browsers, at every address")
struct BrowserSessionTests {
    private static func cookie(_ session: String) -> HTTPFields { [.cookie: "a=b; cellar_session=\(session)"] }

    /// Opens a session of one of the `KnownPeople`, as the page for signing in does.
    private static func session(of name: String, _ fixture: HTTPFixture) async throws -> IssuedToken {
        try await fixture.addPeople()
        let user = try #require(try await fixture.registry.database.user(named: name))
        return try await fixture.registry.tokens.openSession(lasting: 43_200, caller: .person(user.person))
    }

    @Test("read pages, files and JSON of the indexes as their people do")
    func reading() async throws {
        try await HTTPFixture.run { fixture in
            let hidden = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            let restricted = try await fixture.publishWheel("acme")
            try await fixture.restrict("acme", to: ["alice"])
            let alice = try await Self.session(of: "alice", fixture).text.reveal()
            let bob = try await Self.session(of: "bob", fixture).text.reveal()
            let paths = [hidden, restricted].flatMap { wheel in
                [
                    wheel.page, wheel.address, wheel.address + ".metadata", "/\(wheel.index)/pypi/\(wheel.name)/json",
                ]
            }
            try await fixture.ask { client in
                for path in paths {
                    for method in [HTTPRequest.Method.get, .head] {
                        for (headers, status) in [
                            (Self.cookie(alice), 200), (Self.cookie(bob), 404), ([:], 401), (Self.cookie("x"), 401),
                            // What is sent in other headers counts first.
                            (Self.cookie(alice).with(.authorization, "Basic Ym9iOnNlY3JldA=="), 404),
                            (Self.cookie(bob).with(.authorization, "Basic YWxpY2U6c2VjcmV0"), 200),
                            // An empty password is none.
                            (Self.cookie(alice).with(.authorization, "Basic YWxpY2U6"), 200),
                        ] {
                            let answer = try await client.execute(uri: path, method: method, headers: headers)
                            #expect(answer.status.code == status, "\(method) \(path) \(headers)")
                        }
                    }
                }
            }
            #expect(fixture.log.lines.contains { $0.contains(hidden.page) && $0.contains("alice") })
            #expect(!fixture.log.lines.contains { $0.contains(alice) })
        }
    }

    @Test("count neither for uploads nor for the management API")
    func nothingElse() async throws {
        try await HTTPFixture.run { fixture in
            let alice = Self.cookie(try await Self.session(of: "alice", fixture).text.reveal())
            let root = Self.cookie(try await Self.session(of: "root", fixture).text.reveal())
            try await fixture.ask { client in
                for path in ["/main/", "/secret/", "/", "/simple/", "/pypi/main/", "/main/legacy/"] {
                    let upload = alice.with(.contentType, "multipart/form-data; boundary=x")
                    let answer = try await client.execute(
                        uri: path, method: .post, headers: upload, body: ByteBuffer(string: "--x--\r\n"))
                    #expect(answer.status.code == 401, "\(path)")
                }
                for (method, path, status) in [
                    (HTTPRequest.Method.get, "/api/v1/users", 401), (.get, "/api/v1/account", 401),
                    (.get, "/api/v1/audit", 401), (.get, "/api/v1/tokens", 401), (.post, "/api/v1/auth/session", 401),
                    (.delete, "/api/v1/users/bob", 401), (.delete, "/api/v1/account/sessions", 401),
                ] {
                    let answer = try await client.execute(uri: path, method: method, headers: root)
                    #expect(answer.status.code == status, "\(path)")
                }
                let indexes = try await client.execute(uri: "/api/v1/indexes", method: .get, headers: alice)
                #expect(!String(buffer: indexes.body).contains("secret"))
            }
        }
    }

    @Test("end when they are revoked, with another password, and with their people")
    func ending() async throws {
        try await HTTPFixture.run { fixture in
            let hidden = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            var sessions: [IssuedToken] = []
            for _ in 0..<3 { sessions.append(try await Self.session(of: "alice", fixture)) }
            let texts = sessions.map { $0.text.reveal() }
            let first = sessions[0].record.id
            try await fixture.ask { client in
                func statuses() async throws -> [Int] {
                    var statuses: [Int] = []
                    for text in texts {
                        let answer = try await client.execute(
                            uri: hidden.page, method: .get, headers: Self.cookie(text))
                        statuses.append(answer.status.code)
                    }
                    return statuses
                }
                #expect(try await statuses() == [200, 200, 200])
                try await fixture.registry.tokens.revoke(first, caller: .localOperator)
                #expect(try await statuses() == [401, 200, 200])
                try await fixture.registry.people.setPasswordHash("$y$2", ofUser: "alice", caller: .localOperator)
                #expect(try await statuses() == [401, 401, 401])
            }
            let bob = Self.cookie(try await Self.session(of: "bob", fixture).text.reveal())
            try await fixture.ask { client in
                let before = try await client.execute(uri: hidden.page, method: .get, headers: bob)
                try await fixture.registry.people.remove("bob", caller: .localOperator)
                let after = try await client.execute(uri: hidden.page, method: .get, headers: bob)
                #expect([before, after].map(\.status.code) == [404, 401])
            }
        }
    }

    @Test("are whole sessions of people: no other token in a cookie counts")
    func otherTokens() async throws {
        try await HTTPFixture.run { fixture in
            let hidden = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            let personal = try await fixture.token("mine", of: .user("alice"))
            let holder = try await fixture.registry.tokens.verifier.holder(
                of: Array(
                    try await fixture.token("narrow", of: .user("alice"), scope: TokenScope(rights: [.read])).utf8))
            let narrow = try await fixture.registry.tokens.openSession(caller: .token(holder)).text.reveal()
            try await fixture.ask { client in
                for text in [personal, narrow] {
                    let bearer = try await client.execute(
                        uri: hidden.page, method: .get, headers: [.authorization: "Bearer \(text)"])
                    let cookie = try await client.execute(uri: hidden.page, method: .get, headers: Self.cookie(text))
                    #expect([bearer, cookie].map(\.status.code) == [200, 401])
                }
            }
        }
    }

    @Test("are read under their name of https alone if that is how browsers reach the server")
    func https() async throws {
        let settings = HTTPSettings(baseURL: "https://pypi.example.com")
        try await HTTPFixture.run(settings: settings) { fixture in
            let hidden = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            let alice = try await Self.session(of: "alice", fixture).text.reveal()
            try await fixture.ask { client in
                for (name, status) in [("cellar_session", 401), ("__Host-cellar_session", 200)] {
                    let answer = try await client.execute(
                        uri: hidden.page, method: .get, headers: [.cookie: "\(name)=\(alice)"])
                    #expect(answer.status.code == status)
                }
            }
        }
    }
}
