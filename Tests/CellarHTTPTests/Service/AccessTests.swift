import HTTPTypes
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import CellarHTTP

@Suite("Who sees what")
struct AccessTests {
    private static let unreadable = [
        "/secret/", "/secret/simple/", "/secret/simple/alpha/", "/secret/simple/absent/", "/secret/simple/Alpha/",
        "/secret/pypi/alpha/json", "/secret/pypi/absent/json",
        "/secret/files/\(String(repeating: "0", count: 64))/alpha-1.0-py3-none-any.whl",
        "/api/v1/indexes/secret/projects", "/api/v1/indexes/secret/projects/alpha",
        "/api/v1/indexes/secret/projects/absent",
    ]

    private static func status(_ path: String, _ headers: HTTPFields, _ fixture: HTTPFixture) async throws -> Int {
        try await fixture.ask { client in
            try await client.execute(uri: path, method: .get, headers: headers).status.code
        }
    }

    @Test("anonymous callers must sign in for every name, people without rights find nothing")
    func concealed() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            for path in Self.unreadable + [wheel.address, wheel.address + ".metadata"] {
                #expect(try await Self.status(path, [:], fixture) == 401, "\(path)")
                #expect(try await Self.status(path, .basic("bob"), fixture) == 404, "\(path)")
            }
            for path in [wheel.page, wheel.address, wheel.address + ".metadata", "/secret/pypi/alpha/json"] {
                #expect(try await Self.status(path, .basic("alice"), fixture) == 200, "\(path)")
                #expect(try await Self.status(path, .basic("root"), fixture) == 200, "\(path)")
            }
        }
    }

    @Test("an answer does not tell a project that may not be read from one that is not there")
    func alike() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            try await fixture.ask { client in
                for headers in [HTTPFields(), .basic("bob")] {
                    let there = try await client.execute(uri: "/secret/simple/alpha/", method: .get, headers: headers)
                    let absent = try await client.execute(uri: "/secret/simple/absent/", method: .get, headers: headers)
                    #expect(there.head == absent.head)
                    #expect(there.body == absent.body)
                }
            }
        }
    }

    @Test("an index that is hidden and one that is absent are answered alike, in status, text and headers")
    func hiddenIndex() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            let asked: [(HTTPRequest.Method, String)] =
                (Self.unreadable + ["/secret/alpha/", "/secret/alpha/1.0/", "/secret//alpha", "/secret/simple//alpha/"])
                .map { (.get, $0) } + [
                    (.post, "/secret/"), (.post, "/api/v1/indexes/secret/exceptions"),
                    (.get, "/api/v1/indexes/secret/exceptions"), (.get, "/api/v1/indexes/secret/projects/alpha/why"),
                    (.delete, "/api/v1/indexes/secret/projects/alpha/releases/1.0"),
                    (.delete, "/api/v1/indexes/secret/projects/alpha/files/alpha-1.0-py3-none-any.whl"),
                    (.put, "/api/v1/indexes/secret/projects/alpha/claim"),
                    (.delete, "/api/v1/indexes/secret/projects/alpha/claim"),
                    (.delete, "/api/v1/indexes/secret/exceptions/1"),
                    (.get, "/api/v1/grants?index=secret"), (.get, "/api/v1/grants?index=secret&project=alpha"),
                    (.options, "/secret/simple/alpha/"),
                ]
            try await fixture.ask { client in
                for headers in [HTTPFields(), .basic("bob"), .basic("nobody", password: "wrong")] {
                    for (method, path) in asked {
                        let body = ByteBuffer(
                            string: path.hasPrefix("/api") ? #"{"project":"alpha","reason":"x"}"# : "")
                        let hidden = try await client.execute(uri: path, method: method, headers: headers, body: body)
                        let other = path.replacing("secret", with: "absent")
                        let absent = try await client.execute(uri: other, method: method, headers: headers, body: body)
                        func unnamed(_ text: String) -> String { text.replacing("secret", with: "absent") }
                        #expect(hidden.status.code == absent.status.code, "\(method) \(path)")
                        #expect(unnamed(hidden.status.reasonPhrase) == absent.status.reasonPhrase)
                        #expect(unnamed(String(buffer: hidden.body)) == String(buffer: absent.body))
                        #expect(Self.withoutID(hidden.headers) == Self.withoutID(absent.headers))
                        guard method != .options else { continue }
                        #expect(hidden.status.code == (headers == .basic("bob") ? 404 : 401), "\(method) \(path)")
                    }
                }
            }
        }
    }

    /// Returns headers without the random id of the request.
    private static func withoutID(_ headers: HTTPFields) -> HTTPFields {
        var headers = headers
        if let name = RequestID.header { headers[name] = nil }
        return headers
    }

    @Test("bytes are served only by the index that holds them")
    func otherIndex() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            let elsewhere = wheel.address.replacing("/secret/", with: "/main/")
            #expect(try await Self.status(elsewhere, .basic("root"), fixture) == 404)
        }
    }

    private static let wrong = ["Basic bm9ib2R5Ondyb25n", "Basic", "Basic !", "Bearer abc", "", "Basic YWxpY2U="]

    @Test("wrong credentials count as none on what everyone may read, with a line in the log", arguments: wrong)
    func wrongWhereNoneAreNeeded(header: String) async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            for path in ["/simple/", wheel.page, wheel.address, "/pypi/alpha/json", "/simple/Alpha", "/simple/absent/"]
            {
                try await fixture.ask { client in
                    let before = fixture.log.lines.count { $0.contains("taken for none") }
                    let answer = try await client.execute(uri: path, method: .get, headers: [.authorization: header])
                    let anonymous = try await client.execute(uri: path, method: .get)
                    #expect(answer.head == anonymous.head, "\(path)")
                    #expect(answer.body == anonymous.body)
                    #expect(fixture.log.lines.count { $0.contains("taken for none") } == before + 1)
                }
            }
        }
    }

    @Test("wrong credentials are wrong if an anonymous caller may not do it", arguments: wrong)
    func wrongWhereSomeAreNeeded(header: String) async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            let asked: [(HTTPRequest.Method, String)] = [
                (.get, "/secret/simple/"), (.get, wheel.page), (.get, wheel.address), (.get, "/absent/simple/"),
                (.get, "/api/v1/indexes"), (.post, "/main/"), (.delete, "/api/v1/indexes/main/projects/a/releases/1"),
            ]
            try await fixture.ask { client in
                for (method, path) in asked {
                    let answer = try await client.execute(uri: path, method: method, headers: [.authorization: header])
                    #expect(answer.status == .unauthorized, "\(path)")
                    #expect(answer.headers[.wwwAuthenticate] == "Basic realm=\"Cellar\", charset=\"UTF-8\"")
                    #expect(!String(buffer: answer.body).contains("must log in"))
                }
            }
        }
    }

    @Test("an empty password is no attempt to log in")
    func emptyPassword() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            let headers: HTTPFields = [.authorization: "Basic YWxpY2U6"]
            try await fixture.ask { client in
                for path in [wheel.page, wheel.address] {
                    #expect(try await client.execute(uri: path, method: .get, headers: headers).status == .ok)
                }
                for (method, path) in [(HTTPRequest.Method.get, "/secret/simple/"), (.post, "/main/")] {
                    let answer = try await client.execute(uri: path, method: method, headers: headers)
                    #expect(answer.status == .unauthorized)
                    #expect(String(buffer: answer.body).contains("must log in"))
                }
            }
            #expect(!fixture.log.lines.contains { $0.contains("taken for none") })
        }
    }

    @Test("a quarantined project is listed without files, and its files are refused with the reason")
    func quarantined() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            #expect(try await Self.status(wheel.address, [:], fixture) == 200)
            try await fixture.registry.management.setStatus(
                .quarantined, reason: "suspicious", of: try #require(NormalizedName("alpha")), in: .main,
                caller: .localOperator)
            try await fixture.ask { client in
                for path in [wheel.address, wheel.address + ".metadata"] {
                    let answer = try await client.execute(uri: path, method: .get)
                    #expect(answer.status == .forbidden)
                    #expect(String(buffer: answer.body).contains("quarantined"))
                }
                for page in [wheel.page, "/pypi/alpha/json", "/pypi/alpha/1.0/json"] {
                    let answer = try await client.execute(uri: page, method: .get)
                    #expect(answer.status == .ok)
                    #expect(!String(buffer: answer.body).contains(wheel.filename), "\(page)")
                }
            }
        }
    }
}
