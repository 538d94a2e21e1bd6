import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import CellarHTTP

@Suite("Exceptions and explanations in the management API")
struct PolicyAPITests {
    private static let exceptions = "/api/v1/indexes/main/exceptions"

    private static func ask(
        _ method: HTTPRequest.Method, _ path: String, by user: String? = "root", body: String? = nil,
        _ client: any TestClientProtocol
    ) async throws -> (status: Int, text: String) {
        let answer = try await client.execute(
            uri: path, method: method, headers: user.map { .basic($0) } ?? [:], body: body.map(ByteBuffer.init))
        #expect(answer.headers[.contentType] == "application/json")
        return (answer.status.code, String(buffer: answer.body))
    }

    @Test("an exception is added, listed and removed by administrators")
    func life() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let body =
                    #"{"project":"My_Project","version":"1.2","reason":"a hole","expires_at":"2199-01-01T00:00:00Z"}"#
                #expect(try await Self.ask(.post, Self.exceptions, by: nil, body: body, client).status == 401)
                #expect(try await Self.ask(.post, Self.exceptions, by: "alice", body: body, client).status == 403)
                #expect(try await Self.ask(.get, Self.exceptions, by: "alice", client).status == 403)
                let added = try await Self.ask(.post, Self.exceptions, body: body, client)
                #expect(added.status == 201)
                #expect(added.text.contains(#""project":"my-project","version":"1.2","reason":"a hole""#))
                #expect(added.text.contains(#""created_by":"root""#))
                #expect(added.text.contains(#""expires_at":"2199-01-01T00:00:00.000000Z""#))

                let listed = try await Self.ask(.get, Self.exceptions + "?project=MY.project", client).text
                let ids = try JSONText.values(of: "reason", in: "exceptions", of: listed)
                #expect(ids == ["a hole"])
                #expect(
                    try await Self.ask(.get, Self.exceptions + "?project=other", client).text == #"{"exceptions":[]}"#)
                #expect(try await Self.ask(.delete, Self.exceptions + "/1", by: "alice", client).status == 403)
                #expect(try await Self.ask(.delete, Self.exceptions + "/1", client).text == #"{"removed":1}"#)
                #expect(try await Self.ask(.delete, Self.exceptions + "/1", client).status == 404)
                #expect(try await Self.ask(.get, Self.exceptions, client).text == #"{"exceptions":[]}"#)
            }
        }
    }

    @Test("for a whole project, and without an end, the rest is null")
    func wholeProject() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let added = try await Self.ask(
                    .post, Self.exceptions, body: #"{"project":"six","reason":"needed"}"#, client)
                #expect(added.text.contains(#""version":null"#))
                #expect(added.text.contains(#""expires_at":null"#))
            }
        }
    }

    @Test(
        "what is no exception is refused, and says why",
        arguments: [
            ("", 400, "JSON object"), ("{}", 400, "JSON object"), (#"{"project":"six"}"#, 400, "JSON object"),
            (#"{"project":"six","reason":""}"#, 400, "reason"), (#"{"project":"-","reason":"a"}"#, 400, "project"),
            (#"{"project":"six","reason":"a\nb"}"#, 400, "one line"),
            (#"{"project":"six","reason":"a","version":"x"}"#, 400, "version"),
            (#"{"project":"six","reason":"a","version":" 1"}"#, 400, "version"),
            (#"{"project":"six","reason":"a","expires_at":"soon"}"#, 400, "expires_at"),
            (#"{"project":"six","reason":"a","expires_at":"2001-01-01T00:00:00Z"}"#, 409, "past"),
            (#"{"project":"six","reason":"a","expires":"2199-01-01T00:00:00Z"}"#, 400, "JSON object"),
        ])
    func refused(body: String, status: Int, word: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let answer = try await Self.ask(.post, Self.exceptions, body: body, client)
                #expect(answer.status == status)
                #expect(answer.text.contains(word), "\(answer.text)")
            }
        }
    }

    @Test(
        "addresses that name no exception are not found",
        arguments: ["/0", "/-1", "/01", "/x", "/1/2", "/9223372036854775808"])
    func noException(path: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let removed = try await Self.ask(.delete, Self.exceptions + path, client)
                #expect(removed.status == 404)
                let added = try await Self.ask(.post, Self.exceptions + "?project=six", client)
                #expect(added.status == 400)
                let listed = try await Self.ask(.get, "/api/v1/indexes/absent/exceptions", client)
                #expect(listed.status == 404)
            }
        }
    }

    @Test("why a project is answered as it is, also one that nobody knows")
    func why() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            try await fixture.publishWheel("alpha", "2.0")
            try await fixture.publishWheel("hidden", to: HTTPFixture.secret)
            try await fixture.ask { client in
                let projects = "/api/v1/indexes/main/projects"
                let all = try await Self.ask(.get, projects + "/Alpha/why", by: nil, client).text
                #expect(try JSONText.values(of: "version", in: "releases", of: all) == ["2.0", "1.0"])
                #expect(all.contains(#""origin":"local""#))
                #expect(all.contains(#""private":[{"because":"published","index":"main","pattern":null}]"#))
                let one = try await Self.ask(.get, projects + "/alpha/why?version=v1.0.0", by: nil, client).text
                #expect(one.contains(#""filename":"\#(wheel.filename)""#))
                #expect(one.contains(#""place":"published","index":"main""#))
                #expect(try JSONText.values(of: "version", in: "releases", of: one) == ["1.0"])

                let hidden = try await Self.ask(.get, projects + "/hidden/why", by: nil, client)
                #expect(hidden.status == 200)
                #expect(hidden.text.contains(#""private":[],"#))
                #expect(!hidden.text.contains("secret"))
                let absent = try await Self.ask(.get, projects + "/absent/why", by: nil, client)
                #expect(absent.status == 200)
                #expect(hidden.text.replacing("hidden", with: "absent") == absent.text)
                for path in ["/alpha/why?version=x", "/alpha/why?q=1"] {
                    #expect(try await Self.ask(.get, projects + path, client).status == 400)
                }
                let secret = "/api/v1/indexes/secret/projects/hidden/why"
                #expect(try await Self.ask(.get, secret, by: nil, client).status == 401)
                #expect(try await Self.ask(.get, secret, by: "bob", client).status == 404)
            }
        }
    }
}
