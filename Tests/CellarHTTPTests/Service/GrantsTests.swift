import HTTPTypes
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import Testing

@testable import CellarHTTP

/// Alice may read `acme-core`, and bob `acme-tools`, in an index that everyone reads otherwise.
@Suite("Grants on projects, at every address")
struct GrantsTests {
    /// The addresses of a project, for each spelling of its name; a file's do not depend on it.
    private static func addresses(_ wheel: PublishedWheel, spelling: String) -> [String] {
        [
            "/main/pypi/\(spelling)/json", "/pypi/\(spelling)/json", "/main/pypi/\(spelling)/1.0/json",
            "/api/v1/indexes/main/projects/\(spelling)", "/api/v1/indexes/main/projects/\(spelling)/releases/1.0",
            "/api/v1/indexes/main/projects/\(spelling)/files/\(wheel.filename)",
        ]
    }

    private static func normalizedAddresses(_ wheel: PublishedWheel) -> [String] {
        let name = wheel.name.replacing("_", with: "-")
        return [
            "/main/simple/\(name)/", "/simple/\(name)/", "/pypi/\(name)/", "/pypi/main/simple/\(name)/",
            "/main/+simple/\(name)/", wheel.address, wheel.address + ".metadata",
            "/files/\(wheel.digest)/\(wheel.filename)",
        ]
    }

    static let spellings = ["acme-core", "Acme-Core", "acme_core", "ACME.core", "acme--core", "acme%2Dcore"]

    private static func withProjects(
        _ test: @Sendable (HTTPFixture, PublishedWheel, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await HTTPFixture.run { fixture in
            let core = try await fixture.publishWheel("acme_core")
            try await fixture.publishWheel("acme_tools")
            try await fixture.publishWheel("open")
            try await fixture.restrict("acme-core", to: ["alice"])
            try await fixture.restrict("acme-tool*", to: ["bob"])
            try await fixture.ask { client in try await test(fixture, core, client) }
        }
    }

    @Test("whoever was granted it reads a project at every address and in every spelling, others at none")
    func table() async throws {
        try await Self.withProjects { _, core, client in
            let paths =
                Self.normalizedAddresses(core) + Self.spellings.flatMap { Self.addresses(core, spelling: $0) }
            let people: [(user: String?, status: Int)] = [(nil, 401), ("alice", 200), ("bob", 404), ("root", 200)]
            for path in paths {
                for (user, status) in people {
                    for method in [HTTPRequest.Method.get, .head] {
                        let headers: HTTPFields = user.map { .basic($0) } ?? [:]
                        let answer = try await client.execute(uri: path, method: method, headers: headers)
                        #expect(answer.status.code == status, "\(method) \(path) \(user ?? "-")")
                        #expect(answer.headers[.cacheControl]?.contains("public") != true, "\(path)")
                    }
                }
            }
        }
    }

    @Test("a name that may not be read and one that is not there are answered alike")
    func alike() async throws {
        try await Self.withProjects { _, core, client in
            let other = String(repeating: "0", count: 64)
            func absent(_ text: String) -> String {
                text.replacing(core.digest.description, with: other).replacing("acme_core", with: "acme_cole")
                    .replacing("acme-core", with: "acme-cole")
            }
            let paths =
                Self.normalizedAddresses(core) + Self.addresses(core, spelling: "acme-core") + [
                    "/main/simple/acme_core", "/main/acme-core/1.0/", "/main/simple//acme-core/",
                    "/api/v1/indexes/main/projects/acme-core/why",
                ]
            for path in paths {
                for headers in [HTTPFields(), .basic("bob")] {
                    let hidden = try await client.execute(uri: path, method: .get, headers: headers)
                    let missing = try await client.execute(uri: absent(path), method: .get, headers: headers)
                    #expect(hidden.status == missing.status, "\(path)")
                    #expect(absent(String(buffer: hidden.body)) == String(buffer: missing.body), "\(path)")
                    var (theirs, others) = (hidden.headers, missing.headers)
                    #expect(theirs[.location].map(absent) == others[.location], "\(path)")
                    theirs[.location] = nil
                    others[.location] = nil
                    #expect(theirs == others, "\(path)")
                }
            }
            let yank = "/api/v1/indexes/main/projects/acme-core/releases/1.0/yank"
            let people: [(user: String?, status: Int)] = [(nil, 401), ("bob", 404), ("alice", 403)]
            for (user, status) in people {
                let headers: HTTPFields = user.map { .basic($0) } ?? [:]
                let hidden = try await client.execute(uri: yank, method: .put, headers: headers)
                #expect(hidden.status.code == status)
                guard user != "alice" else { continue }
                let missing = try await client.execute(uri: absent(yank), method: .put, headers: headers)
                #expect(missing.status == hidden.status)
                #expect(absent(String(buffer: hidden.body)) == String(buffer: missing.body))
            }
        }
    }

    @Test("a file is public only if everyone may read its project")
    func publicFiles() async throws {
        try await HTTPFixture.run { fixture in
            let core = try await fixture.publishWheel("acme_core")
            let open = try await fixture.publishWheel("open")
            try await fixture.restrict("acme-core", to: ["alice"])
            try await fixture.ask { client in
                let hers = try await client.execute(uri: core.address, method: .get, headers: .basic("alice"))
                #expect(hers.headers[.cacheControl] == "private, max-age=31536000, immutable")
                let theirs = try await client.execute(uri: open.address, method: .get)
                #expect(theirs.headers[.cacheControl] == "public, max-age=31536000, immutable")
            }
        }
    }

    @Test("lists and searches leave out what the caller may not read, and say nothing of it in headers")
    func lists() async throws {
        try await Self.withProjects { fixture, _, client in
            let people: [(String?, [String])] = [
                (nil, ["open"]), ("alice", ["acme-core", "open"]), ("bob", ["acme-tools", "open"]),
                ("root", ["acme-core", "acme-tools", "open"]),
            ]
            let accept = "application/vnd.pypi.simple.v1+json"
            for (user, expected) in people {
                let headers: HTTPFields = user.map { .basic($0) } ?? [:]
                let list = try await client.execute(
                    uri: "/simple/", method: .get, headers: headers.with(.accept, accept))
                #expect(try JSONText.values(of: "name", in: "projects", of: String(buffer: list.body)) == expected)
                let found = try await client.execute(
                    uri: "/api/v1/indexes/main/projects", method: .get, headers: headers)
                #expect(try JSONText.values(of: "name", in: "projects", of: String(buffer: found.body)) == expected)
            }
            let before = try await client.execute(uri: "/simple/", method: .get)
            try await fixture.publishWheel("acme_core", "2.0")
            let after = try await client.execute(uri: "/simple/", method: .get)
            #expect(after.headers == before.headers)
            #expect(after.body == before.body)
        }
    }

    private static func ask(
        _ method: HTTPRequest.Method, _ path: String, by user: String? = "root", body: String? = nil,
        _ client: any TestClientProtocol
    ) async throws -> (status: Int, text: String) {
        let answer = try await client.execute(
            uri: path, method: method, headers: user.map { .basic($0) } ?? [:], body: body.map(ByteBuffer.init))
        #expect(answer.headers[.contentType] == "application/json")
        return (answer.status.code, String(buffer: answer.body))
    }

    @Test("grants are made, listed and taken back by those who may, and count at the next request")
    func grants() async throws {
        try await Self.withProjects { _, _, client in
            let grants = "/api/v1/grants"
            let body = #"{"right":"read","principal":"user:BOB","index":"main","project":"Acme_Core"}"#
            #expect(try await Self.ask(.post, grants, by: nil, body: body, client).status == 401)
            #expect(try await Self.ask(.post, grants, by: "alice", body: body, client).status == 403)
            let added = try await Self.ask(.post, grants, body: body, client)
            #expect(added.status == 201)
            #expect(added.text.contains(#""right":"read","principal":"user:bob","index":"main","project":"acme-core""#))
            #expect(added.text.contains(#""granted_by":"root""#))
            #expect(try await Self.ask(.post, grants, body: body, client).status == 200)
            let page = "/main/simple/acme-core/"
            #expect(try await client.execute(uri: page, method: .get, headers: .basic("bob")).status == .ok)

            let list = try await Self.ask(.get, grants + "?index=main&project=ACME.core", client).text
            #expect(try JSONText.values(of: "principal", in: "grants", of: list) == ["user:alice", "user:bob"])
            #expect(try await Self.ask(.get, grants, client).text.contains("acme-tool*"))
            #expect(try await Self.ask(.get, grants, by: "bob", client).status == 403)
            #expect(try await Self.ask(.get, grants + "?project=acme-core", client).text == list)
            #expect(try await Self.ask(.delete, grants + "/3", by: "bob", client).status == 404)
            #expect(try await Self.ask(.delete, grants + "/3", client).text == #"{"removed":3}"#)
            #expect(try await Self.ask(.delete, grants + "/3", client).status == 404)
            #expect(try await client.execute(uri: page, method: .get, headers: .basic("bob")).status == .notFound)

            let access = "/api/v1/indexes/main/projects/acme-core/access?user=bob"
            #expect(try await Self.ask(.get, access, client).text.contains(#"{"right":"read","held":false,"#))
            #expect(try await Self.ask(.get, access, by: "bob", client).status == 403)
            for wrong in [
                #"{"right":"reads","principal":"everyone"}"#, #"{"right":"read","principal":"ada"}"#,
                #"{"right":"read","principal":"everyone","project":"-a"}"#,
                #"{"right":"read","principal":"everyone","index":"main","project":"*"}"#,
                #"{"right":"admin","principal":"everyone"}"#, #"{"right":"read","principal":"everyone","more":1}"#,
            ] {
                #expect(try await Self.ask(.post, grants, body: wrong, client).status == 400, "\(wrong)")
            }
            for (user, status) in [(nil, 401), ("bob", 404)] as [(String?, Int)] {
                let body = #"{"right":"read","principal":"everyone","index":"secret","project":"acme-core"}"#
                let hidden = try await Self.ask(.post, grants, by: user, body: body, client)
                let absent = try await Self.ask(
                    .post, grants, by: user, body: body.replacing("secret", with: "absent"), client)
                #expect(hidden.status == status)
                #expect(absent.status == status)
                #expect(hidden.text.replacing("secret", with: "absent") == absent.text)
            }
            let unknown = #"{"right":"read","principal":"user:nobody"}"#
            #expect(try await Self.ask(.post, grants, body: unknown, client).status == 404)
        }
    }

    @Test("groups are made, filled, listed and removed by administrators")
    func groups() async throws {
        try await Self.withProjects { _, _, client in
            let groups = "/api/v1/groups"
            let body = #"{"name":"team"}"#
            let refused = try await Self.ask(.post, groups, by: "alice", body: body, client)
            #expect(refused.status == 403)
            #expect(try await Self.ask(.post, groups, body: body, client).status == 201)
            #expect(try await Self.ask(.post, groups, body: body, client).status == 409)
            #expect(try await Self.ask(.post, groups, body: #"{"name":"a team"}"#, client).status == 400)
            let member = groups + "/team/members/alice"
            #expect(try await Self.ask(.put, member, client).text == #"{"changed":true}"#)
            #expect(try await Self.ask(.put, member, client).text == #"{"changed":false}"#)
            #expect(try await Self.ask(.put, groups + "/team/members/nobody", client).status == 404)
            #expect(
                try await Self.ask(.get, groups, client).text
                    == #"{"groups":[{"name":"team","declared":false,"members":["alice"]}]}"#)
            #expect(try await Self.ask(.get, groups, by: nil, client).status == 401)
            #expect(try await Self.ask(.delete, member, client).text == #"{"changed":true}"#)
            #expect(try await Self.ask(.delete, groups + "/team", client).text == #"{"removed":"team"}"#)
            #expect(try await Self.ask(.delete, groups + "/team", client).status == 404)
        }
    }
}
