import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import Testing

@testable import CellarHTTP

@Suite("The management API")
struct ManagementAPITests {
    private static let project = "/api/v1/indexes/main/projects/alpha"

    private static func ask(
        _ method: HTTPRequest.Method, _ path: String, by user: String? = "root", body: String? = nil,
        _ client: any TestClientProtocol
    ) async throws -> (status: Int, text: String) {
        let answer = try await client.execute(
            uri: path, method: method, headers: user.map { .basic($0) } ?? [:], body: body.map(ByteBuffer.init))
        #expect(answer.headers[.contentType] == "application/json")
        return (answer.status.code, String(buffer: answer.body))
    }

    @Test("indexes are those that a caller may read, with the rights held there")
    func indexes() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let path = "/api/v1/indexes"
                #expect(
                    try await Self.ask(.get, path, by: nil, client).text
                        == #"{"indexes":[{"name":"main","rights":["read","cache_update"]},"#
                        + #"{"name":"open","rights":["read","cache_update"]}]}"#)
                #expect(
                    try await Self.ask(.get, path, by: "bob", client).text
                        == #"{"indexes":[{"name":"main","rights":["read","write","create","cache_update"]},"#
                        + #"{"name":"open","rights":["read","write","create","cache_update"]}]}"#)
                let all = try await Self.ask(.get, path, by: "alice", client).text
                #expect(all.contains("\"secret\""))
            }
        }
    }

    @Test("projects are found by name and summary, page by page")
    func search() async throws {
        try await HTTPFixture.run { fixture in
            for name in ["alpha", "alphabet", "beta"] { try await fixture.publishWheel(name) }
            try await fixture.ask { client in
                let all = "/api/v1/indexes/main/projects"
                for (query, names) in [
                    ("", ["alpha", "alphabet", "beta"]), ("?q=alpha", ["alpha", "alphabet"]),
                    ("?q=ALPHABET", ["alphabet"]),
                    ("?q=wheel+called+beta", ["beta"]), ("?q=absent", []), ("?q=&limit=1", ["alpha"]),
                    ("?limit=1&offset=1", ["alphabet"]), ("?offset=9", []),
                ] {
                    let found = try await Self.ask(.get, all + query, by: nil, client)
                    #expect(found.status == 200)
                    let text = found.text
                    #expect(try JSONText.values(of: "name", in: "projects", of: text) == names, "\(query)")
                }
            }
        }
    }

    @Test(
        "parameters that are wrong are refused",
        arguments: [
            "limit=0", "limit=501", "limit=x", "limit=", "limit=%2B1", "limit=1&limit=1", "offset=-1", "offset=1000001",
            "limit=99999999999999999999", "q=%00", "q=%FF", "q=a&q=b", "limti=1",
        ])
    func wrongParameters(query: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let answer = try await Self.ask(.get, "/api/v1/indexes/main/projects?" + query, client)
                #expect(answer.status == 400)
                #expect(answer.text.contains("\"code\":\"invalid-request\""))
            }
        }
    }

    @Test("projects, releases and files are described")
    func described() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            try await fixture.publishWheel("alpha", "2.0")
            try await fixture.ask { client in
                let project = try await Self.ask(.get, Self.project, by: nil, client).text
                #expect(try JSONText.values(of: "version", in: "releases", of: project) == ["1.0", "2.0"])
                for path in ["/releases/1.0", "/releases/v1.0.0", "/files/\(wheel.filename)"] {
                    let text = try await Self.ask(.get, Self.project + path, by: nil, client).text
                    #expect(text.contains(wheel.digest.description), "\(path)")
                }
                for path in ["/releases/3.0", "/releases/x", "/files/other-1.0.tar.gz", "/files/%2e%2e", "/other/1"] {
                    #expect(try await Self.ask(.get, Self.project + path, client).status == 404, "\(path)")
                }
                #expect(try await Self.ask(.get, "/api/v1/indexes/main/projects/absent", client).status == 404)
            }
        }
    }

    @Test("a file or release is yanked with a reason and unyanked", arguments: [true, false])
    func yank(isRelease: Bool) async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            let target = Self.project + (isRelease ? "/releases/1.0" : "/files/\(wheel.filename)") + "/yank"
            try await fixture.ask { client in
                let yanked = try await Self.ask(.put, target, by: "bob", body: #"{"reason":"broken"}"#, client)
                #expect(yanked.text == #"{"files":["\#(wheel.filename)"]}"#)
                let page = try await client.execute(uri: wheel.page, method: .get)
                #expect(String(buffer: page.body).contains("data-yanked=\"broken\""))
                #expect(try await Self.ask(.delete, target, by: "bob", client).status == 200)
                let again = try await client.execute(uri: wheel.page, method: .get)
                #expect(!String(buffer: again.body).contains("data-yanked"))
                #expect(try await Self.ask(.put, target, by: "bob", client).status == 200, "without a body")
                #expect(try await Self.ask(.put, target, by: nil, client).status == 401)
            }
        }
    }

    @Test("a deleted file is gone, and its name is used up")
    func delete() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                let target = Self.project + "/files/\(wheel.filename)"
                let answer = try await client.execute(uri: wheel.address, method: .get)
                #expect(answer.status == .ok)
                #expect(try await Self.ask(.delete, target, by: "bob", client).status == 403)
                #expect(try await Self.ask(.delete, target, by: "alice", client).status == 200)
                #expect(try await Self.ask(.delete, target, by: "alice", client).status == 404)
                let gone = try await client.execute(uri: wheel.address, method: .get)
                #expect(gone.status == .notFound)
                let again = try await client.execute(
                    uri: "/main/", method: .post, headers: .upload(by: "alice"),
                    body: UploadBody(wheel: (wheel.filename, wheel.bytes)).buffer)
                #expect(again.status == .conflict)
            }
        }
    }

    @Test("a status is set by administrators, and shown")
    func status() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                let body = #"{"status":"archived","reason":"moved"}"#
                #expect(try await Self.ask(.patch, Self.project, by: "alice", body: body, client).status == 403)
                let set = try await Self.ask(.patch, Self.project, body: body, client)
                #expect(set.text.contains(#""status":"archived","status_reason":"moved""#))
                for wrong in [
                    #"{"status":"other"}"#, "{}", "", "[]", "no", #"{"status":"active","resaon":"a"}"#,
                    #"{"status":1}"#,
                    #"{"status":"active","reason":"a\nb"}"#,
                ] {
                    #expect(try await Self.ask(.patch, Self.project, body: wrong, client).status == 400, "\(wrong)")
                }
                let large = #"{"status":"active","reason":""# + String(repeating: "x", count: 70_000) + "\"}"
                #expect(try await Self.ask(.patch, Self.project, body: large, client).status == 413)
                let absent = "/api/v1/indexes/main/projects/absent"
                #expect(try await Self.ask(.patch, absent, body: body, client).status == 404)
            }
        }
    }

    @Test("a purge removes a digest's bytes everywhere")
    func purge() async throws {
        try await HTTPFixture.run { fixture in
            let first = try await fixture.publishWheel("alpha")
            let second = try await fixture.publishWheel("alpha", to: HTTPFixture.secret)
            #expect(first.digest == second.digest)
            try await fixture.ask { client in
                let body = #"{"sha256":"\#(first.digest)"}"#
                #expect(try await Self.ask(.post, "/api/v1/purges", by: nil, body: body, client).status == 401)
                #expect(try await Self.ask(.post, "/api/v1/purges", by: "alice", body: body, client).status == 403)
                let purged = try await Self.ask(.post, "/api/v1/purges", body: body, client)
                #expect(try JSONText.values(of: "index", in: "purged", of: purged.text) == ["main", "secret"])
                #expect(try await Self.ask(.post, "/api/v1/purges", body: body, client).status == 404)
                for wheel in [first, second] {
                    let answer = try await client.execute(uri: wheel.address, method: .get, headers: .basic("root"))
                    #expect(answer.status == .notFound)
                }
                let audit = try await Self.ask(.get, "/api/v1/audit?limit=2", client)
                #expect(audit.text.contains(first.digest.description))
                #expect(try await Self.ask(.get, "/api/v1/audit", by: "alice", client).status == 403)
            }
        }
    }

    @Test("the audit says where a change came from, counts what was refused, and is searched by each condition")
    func audit() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                let made = try await client.execute(
                    uri: "/api/v1/groups", method: .post, headers: .basic("root"),
                    body: ByteBuffer(string: #"{"name":"billing"}"#))
                let header = try #require(RequestID.header)
                let id = try #require(made.headers[header])
                for _ in 1...3 {
                    let refused = try await client.execute(
                        uri: "/api/v1/groups", method: .post, headers: .basic("alice"),
                        body: ByteBuffer(string: #"{"name":"mine"}"#))
                    #expect(refused.status == .forbidden)
                    #expect(refused.headers[header] != id)
                }
                var wrong = HTTPFields()
                wrong[.authorization] = "Basic " + Data("eve:guess".utf8).base64EncodedString()
                #expect(try await client.execute(uri: "/api/v1/audit", method: .get, headers: wrong).status == 401)
                #expect(try await client.execute(uri: "/main/simple/", method: .get, headers: wrong).status == 200)
                #expect(try await client.execute(uri: "/secret/simple/", method: .get, headers: wrong).status == 401)
                #expect(try await client.execute(uri: "/main/", method: .post, headers: wrong).status == 401)
                try await fixture.service.registry.refusals.flush()

                func found(_ query: String) async throws -> [String] {
                    let answer = try await Self.ask(.get, "/api/v1/audit?\(query)", client)
                    #expect(answer.status == 200)
                    return try JSONText.values(of: "action", in: "lines", of: answer.text)
                }
                #expect(try await found("action=group") == ["group.add"])
                #expect(try await Self.ask(.get, "/api/v1/audit?action=group.add", client).text.contains("\"\(id)\""))
                #expect(try await found("actor=alice&action=change.refuse") == ["change.refuse"])
                let refused = try await Self.ask(.get, "/api/v1/audit?action=change", client).text
                #expect(refused.contains("\"subject\":\"POST api\"") && refused.contains("\"times\":3"))
                // Each is counted once, whether the credentials then count as none or the answer is 401.
                let logins = try await Self.ask(.get, "/api/v1/audit?action=login", client).text
                #expect(try JSONText.values(of: "actor", in: "lines", of: logins) == ["eve", "eve", "eve"])
                #expect(
                    try JSONText.values(of: "subject", in: "lines", of: logins).sorted() == [
                        "GET api", "GET simple-list", "POST upload",
                    ])
                let times = logins.split(separator: "\"times\":").dropFirst().compactMap { $0.first?.wholeNumberValue }
                #expect(times.sorted() == [1, 1, 2])
                #expect(try await found("index=main&project=Alpha") == ["file.publish"])
                #expect(try await found("until=2020-01-01") == [])
                #expect(try await found("since=2020-01-01T00:00:00Z&action=file") == ["file.publish"])
                for query in ["since=yesterday", "until=5", "index=a/b", "project=-", "limit=0", "who=me"] {
                    #expect(try await Self.ask(.get, "/api/v1/audit?\(query)", client).status == 400, "\(query)")
                }
            }
        }
    }

    @Test("the id of a request is a trusted proxy's, if it is one, and the server's own otherwise")
    func requestID() async throws {
        let header = try #require(RequestID.header)
        for (isTrusted, given, isTaken) in [
            (true, "a-1.b_2", true), (true, "a b", false), (true, String(repeating: "a", count: 65), false),
            (false, "a-1.b_2", false),
        ] {
            let request = Request(
                head: HTTPRequest(
                    method: .post, scheme: "http", authority: "h", path: "/",
                    headerFields: [header: given]),
                body: RequestBody(buffer: ByteBuffer()))
            let id = RequestID.of(request, isFromTrustedProxy: isTrusted)
            #expect((id == given) == isTaken)
            #expect(isTaken || id.utf8.count == 16)
        }
    }
}
