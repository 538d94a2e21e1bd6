import NIOCore
import Testing

@testable import CellarHTTP

@Suite("Connections")
struct ConnectionTests {
    private static func serve(
        idleTimeout: TimeAmount = .seconds(30), settings: HTTPSettings = HTTPSettings(),
        _ test: @escaping @Sendable (_ port: Int, _ wheel: PublishedWheel) async throws -> Void
    ) async throws {
        try await HTTPFixture.run(settings: settings) { fixture in
            let wheel = try await fixture.publishWheel("alpha", padding: 300_000)
            try await fixture.serve(idleTimeout: idleTimeout) { port in try await test(port, wheel) }
        }
    }

    @Test("a connection serves many requests, of the router and of the fast lane")
    func keepAlive() async throws {
        try await Self.serve { port, wheel in
            try await RawConnection.open(port) { connection in
                for round in 0..<3 {
                    for path in [wheel.page, wheel.address, "/main/simple/absent/", "/main/simple/", "/metrics"] {
                        try await connection.request("GET", path)
                        let answer = try await connection.answer()
                        #expect(answer.status == (path.contains("absent") ? 404 : 200), "\(path) \(round)")
                        if path == wheel.address { #expect(answer.body == ByteBuffer(bytes: wheel.bytes)) }
                    }
                }
            }
        }
    }

    @Test("requests that are sent at once are answered in their order")
    func pipelining() async throws {
        try await Self.serve { port, wheel in
            try await RawConnection.open(port) { connection in
                let paths = [
                    wheel.page, "/main/simple/absent/", wheel.address, wheel.page, "/pypi/alpha/json", wheel.page,
                    wheel.address, "/health/live", wheel.page + "?format=text/html", wheel.address + ".metadata",
                ]
                let rounds = 5
                var requests = ""
                for _ in 0..<rounds {
                    for path in paths { requests += "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n" }
                }
                try await connection.send(requests)
                var first: [RawConnection.Answer] = []
                for index in 0..<(rounds * paths.count) {
                    let answer = try await connection.answer()
                    if index < paths.count { first.append(answer) }
                    let expected = first[index % paths.count]
                    #expect(answer.status == expected.status && answer.body == expected.body, "\(index)")
                }
                #expect(first.map(\.status) == [200, 404, 200, 200, 200, 200, 200, 200, 200, 200])
                #expect(first[2].body == ByteBuffer(bytes: wheel.bytes))
                #expect(first[7].body == ByteBuffer(string: "ok\n"))
            }
        }
    }

    @Test("a file is served in ranges, and a HEAD says its size", arguments: [true, false])
    func files(isKept: Bool) async throws {
        try await Self.serve { port, wheel in
            try await RawConnection.open(port) { connection in
                if isKept {
                    try await connection.request("GET", wheel.address)
                    _ = try await connection.answer()
                }
                try await connection.request("GET", wheel.address, ["Range: bytes=-100000"])
                let part = try await connection.answer()
                #expect(part.status == 206)
                #expect(part.body == ByteBuffer(bytes: wheel.bytes.suffix(100_000)))
                try await connection.request("HEAD", wheel.address)
                #expect(try await connection.answer(isHead: true).header("content-length") == "\(wheel.bytes.count)")
                try await connection.request("GET", wheel.address)
                #expect(try await connection.answer().body == ByteBuffer(bytes: wheel.bytes))
            }
        }
    }

    @Test(
        "a connection ends if the client wants it",
        arguments: [
            "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "GET /main/simple/alpha/ HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
            "GET /main/simple/alpha/ HTTP/1.0\r\n\r\n", "GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "OPTIONS /main/ HTTP/1.0\r\n\r\n",
        ])
    func close(request: String) async throws {
        try await Self.serve { port, wheel in
            try await RawConnection.open(port) { connection in
                try await connection.request("GET", wheel.page)
                #expect(try await connection.answer().status == 200)
                try await connection.send(request)
                let answer = try await connection.answer()
                #expect((200..<300).contains(answer.status))
                #expect(answer.header("connection") == "close")
                #expect(try await connection.isEnded())
            }
        }
    }

    @Test("a client that sends no more after its request has the whole answer", arguments: [true, false])
    func halfClosed(isLast: Bool) async throws {
        try await Self.serve { port, wheel in
            for path in [wheel.page, wheel.address, "/health/live"] {
                try await RawConnection.open(port) { connection in
                    try await connection.request("GET", path, isLast ? ["Connection: close"] : [])
                    try await connection.finish()
                    let answer = try await connection.answer()
                    #expect(answer.status == 200)
                    if path == wheel.address { #expect(answer.body == ByteBuffer(bytes: wheel.bytes)) }
                    #expect(try await connection.isEnded())
                }
            }
        }
    }

    @Test("what follows a request that ends the connection is not answered")
    func afterTheLast() async throws {
        try await Self.serve { port, wheel in
            try await RawConnection.open(port) { connection in
                try await connection.request("GET", wheel.page)
                _ = try await connection.answer()
            }
            try await RawConnection.open(port) { connection in
                let request = "GET \(wheel.page) HTTP/1.1\r\nHost: a\r\n"
                try await connection.send(request + "Connection: close\r\n\r\n" + request + "\r\n")
                #expect(try await connection.answer().header("connection") == "close")
                #expect(try await connection.isEnded())
            }
        }
    }

    @Test("a connection on which nothing is sent is closed")
    func silent() async throws {
        try await Self.serve(idleTimeout: .milliseconds(300)) { port, _ in
            let isEnded = try await RawConnection.open(port) { try await $0.isEnded() }
            #expect(isEnded)
        }
    }

    @Test(
        "a request without a host, or with two, is refused",
        arguments: ["", "Host: a\r\nHost: b\r\n", "Host: a\r\nhost: a\r\n", "Host:\r\n"])
    func hosts(headers: String) async throws {
        try await Self.serve { port, wheel in
            try await RawConnection.open(port) { connection in
                for path in [wheel.page, "/health/live"] {
                    try await connection.send("GET \(path) HTTP/1.1\r\n\(headers)\r\n")
                    let answer = try await connection.answer()
                    #expect(answer.status == 400)
                    #expect(String(buffer: answer.body).contains("Host"))
                }
            }
        }
    }

    @Test(
        "what is no request is refused with a text",
        arguments: [
            ("\u{16}\u{3}\u{1}\u{2}\r\n\r\n", 400), ("GET /\r\n\r\n", 505),
            ("GET / HTTP/1.1\r\nHost: a\r\n: nothing\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: five\r\n\r\n", 400),
        ])
    func malformed(request: String, status: Int) async throws {
        try await Self.expectRefusal(of: request, status)
    }

    @Test("a head of a megabyte is refused with a text, be it a field or the address")
    func largeHeads() async throws {
        let large = String(repeating: "x", count: 1 << 20)
        try await Self.expectRefusal(of: "GET / HTTP/1.1\r\nHost: a\r\nX: \(large)\r\n\r\n", 431)
        try await Self.expectRefusal(of: "GET /\(large) HTTP/1.1\r\nHost: a\r\n\r\n", 431)
    }

    private static func expectRefusal(of request: String, _ status: Int) async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.send(request)
                let answer = try await connection.answer()
                #expect(answer.status == status)
                #expect(answer.body.readableBytes > 10)
                #expect(answer.header("connection") == "close")
                #expect(try await connection.isEnded())
            }
        }
    }

    @Test("an idle connection is closed, one that the fast lane keeps busy is not")
    func idle() async throws {
        try await Self.serve(idleTimeout: .seconds(3)) { port, wheel in
            try await RawConnection.open(port) { connection in
                for _ in 0..<8 {
                    try await connection.request("GET", wheel.page)
                    #expect(try await connection.answer().status == 200)
                    try await Task.sleep(for: .milliseconds(500))
                }
                #expect(try await connection.isEnded())
            }
        }
    }
}
