import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import CellarHTTP

@Suite("Pages")
struct PagesTests {
    private static let json = "application/vnd.pypi.simple.v1+json"

    @Test(
        "a page comes in the form that was asked for",
        arguments: [
            (nil, nil, "text/html; charset=utf-8"), (json, nil, json), ("text/html", nil, "text/html; charset=utf-8"),
            ("application/vnd.pypi.simple.latest+json", nil, json),
            ("application/vnd.pypi.simple.v1+html, text/html;q=0.1", nil, "application/vnd.pypi.simple.v1+html"),
            ("text/html", "application/vnd.pypi.simple.v1%2Bjson", json),
            ("text/html", "application/vnd.pypi.simple.v1+json", json),
        ] as [(String?, String?, String)])
    func forms(accept: String?, format: String?, type: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                let headers: HTTPFields = accept.map { [.accept: $0] } ?? [:]
                for page in ["/main/simple/", "/main/simple/alpha/", "/simple/alpha/", "/pypi/alpha/"] {
                    let answer = try await client.execute(
                        uri: page + (format.map { "?format=\($0)" } ?? ""), method: .get, headers: headers)
                    #expect(answer.status == .ok)
                    #expect(answer.headers[.contentType] == type)
                    #expect(answer.headers[.cacheControl] == "private, no-cache")
                    #expect(answer.headers[.vary] == "Accept, Accept-Encoding, Authorization, PRIVATE-TOKEN, Cookie")
                    #expect(HTTPField.Name.pypiLastSerial.map { answer.headers[$0] } == "1")
                }
            }
        }
    }

    @Test(
        "a form that is not made is 406, and says what is",
        arguments: [
            ("image/png", ""), ("*/*", "?format=xml"), ("*/*", "?format="), ("text/html;q=0", ""),
        ])
    func notAcceptable(accept: String, query: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                for page in ["/simple/", "/simple/alpha/"] {
                    let answer = try await client.execute(uri: page + query, method: .get, headers: [.accept: accept])
                    #expect(answer.status.code == 406)
                    #expect(String(buffer: answer.body).contains("v1+json"))
                }
            }
        }
    }

    @Test("links of the JSON API are whole addresses, which give the files")
    func wholeLinks() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                for path in ["/main/pypi/alpha/json", "/pypi/alpha/json", "/main/pypi/alpha/1.0/json"] {
                    let answer = try await client.execute(uri: path, method: .get)
                    let links = try JSONText.values(of: "url", in: "urls", of: String(buffer: answer.body))
                    #expect(links == ["http://localhost\(wheel.address)"])
                }
                #expect(try await client.execute(uri: wheel.address, method: .get).status == .ok)
            }
        }
    }

    @Test("a parameter that is given twice is refused")
    func twice() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let answer = try await client.execute(uri: "/simple/?format=text/html&format=text/html", method: .get)
                #expect(answer.status == .badRequest)
            }
        }
    }

    @Test("a client that holds a page in any encoding gets 304", arguments: ["identity", "gzip", "zstd"])
    func notModified(encoding: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                for method in [HTTPRequest.Method.get, .head] {
                    let first = try await client.execute(
                        uri: "/simple/alpha/", method: method, headers: [.acceptEncoding: encoding])
                    let tag = try #require(first.headers[.eTag])
                    #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))
                    let again = try await client.execute(
                        uri: "/simple/alpha/", method: method, headers: [.ifNoneMatch: "\"x\", W/\(tag)"])
                    #expect(again.status == .notModified)
                    #expect(again.headers[.vary] == first.headers[.vary])
                    #expect(again.headers[.cacheControl] == first.headers[.cacheControl])
                    let other = try await client.execute(
                        uri: "/simple/alpha/", method: method, headers: [.ifNoneMatch: "\"x\""])
                    #expect(other.status == .ok)
                }
            }
        }
    }

    @Test("a page never outlives the change that makes it stale")
    func fresh() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.publishWheel("alpha")
            try await fixture.ask { client in
                let tags = try await Self.tags(client)
                try await fixture.publishWheel("alpha", "2.0")
                let later = try await Self.tags(client)
                // The list names the same projects, but has a later serial.
                for (before, after) in zip(tags, later) { #expect(before != after) }
            }
        }
    }

    private static func tags(_ client: any TestClientProtocol) async throws -> [String?] {
        var tags: [String?] = []
        for page in ["/simple/", "/simple/alpha/", "/pypi/alpha/json"] {
            tags.append(try await client.execute(uri: page, method: .get).headers[.eTag])
        }
        return tags
    }

    @Test("no coding that is made here is 406")
    func noCoding() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let answer = try await client.execute(
                    uri: "/simple/", method: .get, headers: [.acceptEncoding: "br, identity;q=0"])
                #expect(answer.status.code == 406)
            }
        }
    }
}
