import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import CellarHTTP

@Suite("Methods")
struct MethodsTests {
    private static let addresses = [
        ("/simple/alpha/", "GET, HEAD, OPTIONS"), ("/simple/", "GET, HEAD, POST, OPTIONS"),
        ("/main/", "GET, HEAD, POST, OPTIONS"), ("/pypi/main/", "GET, HEAD, POST, OPTIONS"),
        ("/pypi/alpha/json", "GET, HEAD, OPTIONS"), ("/health/live", "GET, HEAD, OPTIONS"),
        ("/metrics", "GET, HEAD, OPTIONS"), ("/api/v1/indexes", "GET, HEAD, OPTIONS"),
        ("/api/v1/purges", "POST, OPTIONS"), ("/api/v1/indexes/main/projects/a", "GET, HEAD, PATCH, OPTIONS"),
        ("/api/v1/indexes/main/projects/a/files/a-1.0.tar.gz/yank", "PUT, DELETE, OPTIONS"),
        ("/api/v1/indexes/main/projects/a/releases/1.0", "GET, HEAD, DELETE, OPTIONS"),
    ]

    @Test("OPTIONS says what an address answers", arguments: addresses)
    func options(path: String, allowed: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let answer = try await client.execute(uri: path, method: .options)
                #expect(answer.status == .noContent)
                #expect(answer.headers[.allow] == allowed)
            }
        }
    }

    @Test("a method that an address does not answer is 405, with a text", arguments: addresses)
    func notAllowed(path: String, allowed: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let known = [HTTPRequest.Method.get, .post, .put, .patch, .delete].filter {
                    !allowed.contains($0.rawValue)
                }
                for method in known + [.trace, .connect, HTTPRequest.Method("PROPFIND") ?? .trace] {
                    // The management API alone checks the caller first.
                    let answer = try await client.execute(uri: path, method: method, headers: .basic("root"))
                    #expect(answer.status == .methodNotAllowed, "\(method)")
                    #expect(answer.headers[.allow] == allowed)
                    #expect(String(buffer: answer.body).contains("method"))
                }
            }
        }
    }

    @Test("pages of any site may read what is set so and everyone reads, whatever the answer is")
    func crossOrigin() async throws {
        try await HTTPFixture.run { fixture in
            let open = try await fixture.publishWheel("alpha", to: HTTPFixture.open)
            try await fixture.publishWheel("alpha")
            let origin = HTTPFields.basic("bob").with(.origin, "https://pyodide.example")
            let paths = [
                open.page, open.address, open.address + ".metadata", "/open/pypi/alpha/json", "/open/simple/",
                "/open/simple/absent/", "/open/simple/Alpha/", "/open/",
            ]
            try await fixture.ask { client in
                for path in paths {
                    for method in [HTTPRequest.Method.get, .head, .options] {
                        let answer = try await client.execute(uri: path, method: method, headers: origin)
                        #expect(answer.headers[values: .accessControlAllowOrigin] == ["*"], "\(method) \(path)")
                        #expect((answer.headers[.accessControlAllowHeaders] != nil) == (method == .options))
                    }
                }
                for path in [
                    "/main/simple/alpha/", "/secret/simple/", "/absent/simple/", "/api/v1/indexes", "/metrics",
                ] {
                    for method in [HTTPRequest.Method.get, .options] {
                        let answer = try await client.execute(uri: path, method: method, headers: origin)
                        #expect(answer.headers[.accessControlAllowOrigin] == nil, "\(method) \(path)")
                        #expect(answer.headers[.accessControlAllowMethods] == nil)
                    }
                }
                let write = try await client.execute(uri: "/open/", method: .post, headers: origin)
                #expect(write.status == .forbidden)
            }
        }
    }

    @Test(
        "XML-RPC is refused in its own words, without asking for a login", arguments: ["text/xml", "Application/XML"])
    func xmlRPC(type: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let call = ByteBuffer(
                    string: "<?xml version='1.0'?><methodCall><methodName>search</methodName></methodCall>")
                for path in ["/pypi", "/pypi/", "/simple/", "/", "/main/pypi", "/secret/", "/absent/"] {
                    let answer = try await client.execute(
                        uri: path, method: .post, headers: [.contentType: "\(type); charset=utf-8"], body: call)
                    #expect(answer.status == .ok)
                    #expect(answer.headers[.contentType]?.hasPrefix("text/xml") == true)
                    #expect(String(buffer: answer.body).contains("<name>faultString</name>"))
                }
            }
        }
    }

    @Test("a HEAD is answered as its GET", arguments: ["/health/live", "/metrics", "/simple/", "/api/v1/indexes"])
    func head(path: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let get = try await client.execute(uri: path, method: .get)
                let head = try await client.execute(uri: path, method: .head)
                #expect(head.status == .ok)
                #expect(head.headers[.contentType] == get.headers[.contentType])
                #expect(head.headers[.contentLength] != "0")
                #expect(head.body.readableBytes == 0)
            }
        }
    }

    @Test(
        "what no address is, is 404 for every method",
        arguments: ["/nothing/here/at-all", "/api/v1/nothing", "/api/v2/indexes", "/simple//"])
    func nothing(path: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                for method in [HTTPRequest.Method.get, .head, .options, .post, .delete] {
                    let answer = try await client.execute(uri: path, method: method)
                    #expect(answer.status == .notFound, "\(method)")
                }
            }
        }
    }

    @Test("a malformed escape is 400")
    func escape() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let answer = try await client.execute(uri: "/simple/%zz/", method: .get)
                #expect(answer.status == .badRequest)
            }
        }
    }

    @Test(
        "another site's page may not write",
        arguments: [
            ("Origin", "https://evil.example", 403), ("Sec-Fetch-Site", "cross-site", 403), ("Origin", "null", 403),
            ("Sec-Fetch-Site", "same-site", 403), ("Origin", "http://localhost", 400), ("Sec-Fetch-Site", "none", 400),
        ])
    func crossSite(name: String, value: String, status: Int) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let name = try #require(HTTPField.Name(name))
                let answer = try await client.execute(
                    uri: "/main/", method: .post, headers: .basic("alice").with(name, value))
                #expect(answer.status.code == status)
            }
        }
    }

    @Test(
        "a page of the server's own address may write, also behind a proxy",
        arguments: [("https://pypi.example.com", 400), ("https://pypi.example", 403), ("https:", 403), ("", 403)])
    func behindProxy(origin: String, status: Int) async throws {
        let settings = HTTPSettings(baseURL: "https://pypi.example.com/packages")
        try await HTTPFixture.run(settings: settings) { fixture in
            try await fixture.ask { client in
                let answer = try await client.execute(
                    uri: "/main/", method: .post, headers: .basic("alice").with(.origin, origin))
                #expect(answer.status.code == status)
            }
        }
    }

    @Test("a server that is not ready says so")
    func readiness() async throws {
        try await HTTPFixture.run { fixture in
            fixture.service.readiness.setNotReady("shutting down")
            try await fixture.ask { client in
                let answer = try await client.execute(uri: "/health/ready", method: .get)
                #expect(answer.status == .serviceUnavailable)
                #expect(String(buffer: answer.body).contains("shutting down"))
                let live = try await client.execute(uri: "/health/live", method: .get)
                #expect(live.status == .ok)
            }
        }
    }
}
