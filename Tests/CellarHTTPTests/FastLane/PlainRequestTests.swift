import Testing

@testable import CellarHTTP

@Suite("Plain requests")
struct PlainRequestTests {
    private func read(_ text: String) -> PlainRequest? {
        Array(text.utf8).withUnsafeBytes { PlainRequest($0) }
    }

    @Test("what pip and uv send is read, whatever the case of its names")
    func installers() throws {
        let head =
            "GET /main/simple/six/ HTTP/1.1\r\nHost: localhost:6543\r\nUSER-AGENT: pip/26.3\r\naccept:  text/html \r\n"
            + "Accept-Encoding: gzip, deflate, zstd\r\nConnection: keep-alive\r\nIf-None-Match: \"a\"\r\n\r\n"
        let request = try #require(read(head + "GET /next"))
        #expect(request.path == "/main/simple/six/")
        #expect(request.length == head.utf8.count)
        #expect(!request.isHead)
        #expect(request.conditions.accept == "text/html")
        #expect(request.conditions.acceptEncoding == "gzip, deflate, zstd")
        #expect(request.conditions.ifNoneMatch == "\"a\"")
        #expect(request.conditions.userAgent == "pip/26.3")
        #expect(read("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n")?.isHead == true)
    }

    @Test("what proxies say of the client is read from all such fields together")
    func forwarded() throws {
        let line = "GET / HTTP/1.1\r\nHost: a\r\n"
        #expect(try #require(read("\(line)\r\n")).forwardedFor == nil)
        let one = try #require(read("\(line)x-forwarded-for: 192.0.2.1, ::1\r\n\r\n"))
        #expect(one.forwardedFor == "192.0.2.1, ::1")
        let two = try #require(read("\(line)X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: ::1\r\n\r\n"))
        #expect(two.forwardedFor == "192.0.2.1,::1")
    }

    @Test(
        "what could be read in a second way is left to the full parser",
        arguments: [
            "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost:\r\n\r\n",
            "GET /?format=x HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX_Y: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: \u{0}\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: é\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nAccept: a\r\nAccept: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nIf-Match: \"a\"\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 9000) + "\r\n\r\n",
        ])
    func left(_ text: String) {
        #expect(read(text) == nil)
    }

    @Test("a request says whether it is the last one", arguments: ["close", "Close", "keep-alive"])
    func last(connection: String) {
        let request = read("GET / HTTP/1.1\r\nHost: a\r\nConnection: \(connection)\r\n\r\n")
        #expect(request?.isLast == (connection.lowercased() == "close"))
    }

    @Test("no part of a request is taken for a whole one")
    func parts() {
        let head = Array("GET /main/simple/six/ HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n".utf8)
        for count in 0..<head.count {
            #expect(head.prefix(count).withUnsafeBytes { PlainRequest($0) == nil }, "\(count) bytes")
        }
    }
}
