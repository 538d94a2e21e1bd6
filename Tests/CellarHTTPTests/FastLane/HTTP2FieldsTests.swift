import NIOCore
import NIOHPACK
import Testing

@testable import CellarHTTP

@Suite("Fields of HTTP/2 for the fast lane")
struct HTTP2FieldsTests {
    private static let head: [(String, String)] = [
        (":method", "GET"), (":scheme", "https"), (":authority", "localhost:6543"), (":path", "/main/simple/six/"),
    ]

    private func read(_ fields: [(String, String)]) -> PlainRequest? {
        var buffer = ByteBuffer()
        guard buffer.writePlainHead(HPACKHeaders(fields)) else { return nil }
        return buffer.withUnsafeReadableBytes { bytes in
            PlainRequest(bytes).flatMap { $0.length == bytes.count ? $0 : nil }
        }
    }

    @Test("a request is read as HTTP/1.1 would have it")
    func plain() throws {
        let fields = Self.head + [("user-agent", "uv/0.13"), ("accept", "text/html"), ("if-none-match", "\"a\"")]
        let request = try #require(read(fields))
        #expect(request.path == "/main/simple/six/")
        #expect(!request.isHead && !request.isLast)
        #expect(request.conditions.userAgent == "uv/0.13")
        #expect(request.conditions.accept == "text/html")
        #expect(request.conditions.ifNoneMatch == "\"a\"")
        #expect(read([(":method", "HEAD")] + Self.head.dropFirst())?.isHead == true)
    }

    @Test(
        "what would be read in another way is left to the router",
        arguments: [
            [(":method", "GET"), (":scheme", "https"), (":path", "/")],
            [(":method", "GET"), (":scheme", "https"), (":authority", "a")],
            [(":method", "POST"), (":scheme", "https"), (":authority", "a"), (":path", "/")],
            [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/ HTTP/1.1\r\nx: y")],
            [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/?format=x")],
            [(":method", "GET"), (":scheme", "https"), (":authority", "a\r\nx: y"), (":path", "/")],
            head + [("host", "other")],
            head + [("x", "a\r\nrange: bytes=0-1")],
            head + [("x", "a\nb")],
            head + [("x", "\u{0}")],
            head + [("accept", "a"), ("accept", "b")],
            head + [("expect", "100-continue")],
            head + [("content-length", "0")],
        ])
    func left(fields: [(String, String)]) {
        #expect(read(fields) == nil)
    }
}
