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
        let fields =
            Self.head + [
                ("user-agent", "uv/0.13"), ("accept", "text/html"), ("if-none-match", "\"a\""), ("te", "trailers"),
            ]
        let request = try #require(read(fields))
        #expect(request.path == "/main/simple/six/")
        #expect(!request.isHead && !request.isLast)
        #expect(request.conditions.userAgent == "uv/0.13")
        #expect(request.conditions.accept == "text/html")
        #expect(request.conditions.ifNoneMatch == "\"a\"")
        #expect(read([(":method", "HEAD")] + Self.head.dropFirst())?.isHead == true)
    }

    @Test(
        "a malformed request is known as such, and not read (RFC 9113 §8)",
        arguments: [
            [],
            [(":scheme", "https"), (":authority", "a"), (":path", "/")],
            [(":method", "GET"), (":authority", "a"), (":path", "/")],
            [(":method", "GET"), (":scheme", "https"), (":authority", "a")],
            [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "")],
            [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/a b")],
            [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/ HTTP/1.1\r\nx: y")],
            [(":method", "GET /x HTTP/1.1"), (":scheme", "https"), (":authority", "a"), (":path", "/")],
            [(":method", "GET"), (":scheme", "https"), (":authority", "a b"), (":path", "/")],
            [(":method", "GET"), (":scheme", "https"), (":authority", "a\u{7F}"), (":path", "/")],
            [(":method", "CONNECT"), (":scheme", "https"), (":authority", "a"), (":path", "/")],
            [(":method", "CONNECT")],
            head + [(":method", "GET")],
            head + [(":path", "/")],
            head + [(":authority", "b")],
            head + [(":scheme", "http")],
            head + [(":status", "200")],
            head + [(":protocol", "websocket")],
            head + [(":other", "a")],
            head + [("x", "a"), (":authority", "b")],
            [("x", "a")] + head,
            head + [("", "a")],
            head + [("Accept", "a")],
            head + [("a b", "a")],
            head + [("a:", "a")],
            head + [("a\r\nb", "a")],
            head + [("é", "a")],
            head + [("x", "a\r\nrange: bytes=0-1")],
            head + [("x", "a\n")],
            head + [("x", "\r")],
            head + [("x", "\u{0}")],
            head + [("connection", "close")],
            head + [("connection", "keep-alive")],
            head + [("keep-alive", "a")],
            head + [("proxy-connection", "a")],
            head + [("transfer-encoding", "chunked")],
            head + [("upgrade", "h2c")],
            head + [("te", "gzip")],
        ])
    func malformed(fields: [(String, String)]) {
        #expect(!HPACKHeaders(fields).isWellFormedRequest)
        #expect(read(fields) == nil)
    }

    @Test(
        "a well-formed request is one, plain or not",
        arguments: [
            [(":method", "GET"), (":scheme", "https"), (":path", "/")],
            [(":method", "OPTIONS"), (":scheme", "https"), (":path", "*")],
            [(":method", "CONNECT"), (":authority", "a:1")],
            [(":path", "/?a=\u{E9}"), (":authority", "a"), (":scheme", "https"), (":method", "POST")],
            head,
            head + [("te", "trailers"), ("x-1_~!#$%&'*+.^`|", "")],
            head + [("x", " a\tb\u{E9}\u{7F} "), ("x", "b"), ("content-length", "1"), ("connections", "a")],
        ])
    func wellFormed(fields: [(String, String)]) {
        #expect(HPACKHeaders(fields).isWellFormedRequest)
    }

    @Test("trailers have fields, and neither pseudo-header fields nor those of connections")
    func trailers() {
        #expect(HPACKHeaders([]).areWellFormedTrailers)
        #expect(HPACKHeaders([("x-checksum", "a b")]).areWellFormedTrailers)
        for field in [
            (":path", "/"), ("X", "a"), ("x", "a\r\nb"), ("", "a"), ("connection", "close"),
            ("transfer-encoding", "chunked"),
        ] {
            #expect(!HPACKHeaders([("a", "b"), field]).areWellFormedTrailers, "\(field)")
        }
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
