import HTTPTypes
import LocalFiles
import NIOCore
import Registry
import RegistryTestSupport
import Testing

@testable import CellarHTTP

@Suite("Bodies on a connection")
struct BodyTests {
    private static let alice = "Authorization: Basic YWxpY2U6c2VjcmV0"

    private static func head(_ length: Int, _ headers: [String] = [], path: String = "/main/") -> String {
        let lines =
            [
                "POST \(path) HTTP/1.1", "Host: localhost",
                "Content-Type: multipart/form-data; boundary=\(UploadBody.boundary)", "Content-Length: \(length)",
            ] + headers
        return lines.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    private static func upload(padding: Int = 0) throws -> ByteBuffer {
        UploadBody(wheel: try TestWheel.make("alpha", padding: padding)).buffer
    }

    @Test("a waiting client is invited, publishes, and goes on")
    func expectation() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.serve { port in
                let body = try Self.upload()
                try await RawConnection.open(port) { connection in
                    try await connection.send(
                        Self.head(body.readableBytes, [Self.alice, "Expect: 100-continue"]))
                    #expect(try await connection.answer().status == 100)
                    try await connection.send(body)
                    #expect(try await connection.answer().status == 200)
                    try await connection.request("GET", "/main/simple/alpha/")
                    #expect(try await connection.answer().status == 200)
                }
            }
        }
    }

    @Test("a waiting client that may not publish is refused instead")
    func refusedExpectation() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.serve { port in
                try await RawConnection.open(port) { connection in
                    try await connection.send(Self.head(1000, ["Expect: 100-continue"]))
                    let answer = try await connection.answer()
                    #expect(answer.status == 401)
                    #expect(answer.header("connection") == "close")
                    #expect(try await connection.isEnded())
                }
            }
        }
    }

    @Test("a client that sends all of a large body before it reads can read why it was refused")
    func drained() async throws {
        try await HTTPFixture.run(maxFileSize: 1 << 20) { fixture in
            try await fixture.serve { port in
                let body = try Self.upload(padding: 24 << 20)
                try await RawConnection.open(port) { connection in
                    for (headers, status) in [([], 401), ([Self.alice], 413)] {
                        try await connection.send(Self.head(body.readableBytes, headers))
                        var rest = body
                        while let chunk = rest.readSlice(length: min(1 << 16, rest.readableBytes)),
                            chunk.readableBytes > 0
                        {
                            try await connection.send(chunk)
                        }
                        #expect(try await connection.answer().status == status)
                    }
                    try await connection.request("GET", "/health/live")
                    #expect(try await connection.answer().status == 200)
                }
            }
        }
    }

    @Test("a body in chunks is read")
    func chunked() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.serve { port in
                var body = try Self.upload()
                let head = Self.head(0, [Self.alice]).replacing("Content-Length: 0", with: "Transfer-Encoding: chunked")
                try await RawConnection.open(port) { connection in
                    try await connection.send(head)
                    while let chunk = body.readSlice(length: min(100, body.readableBytes)), chunk.readableBytes > 0 {
                        try await connection.send("\(String(chunk.readableBytes, radix: 16))\r\n")
                        try await connection.send(chunk)
                        try await connection.send("\r\n")
                    }
                    try await connection.send("0\r\n\r\n")
                    #expect(try await connection.answer().status == 200)
                }
            }
        }
    }

    @Test(
        "a client that stops within its body is sent away, and nothing is kept",
        arguments: ["/main/", "/api/v1/purges"])
    func stopped(path: String) async throws {
        let settings = HTTPSettings(uploadIdleTimeout: .milliseconds(300))
        try await HTTPFixture.run(settings: settings) { fixture in
            try await fixture.serve { port in
                let body = try Self.upload()
                let root = "Authorization: Basic cm9vdDpzZWNyZXQ="
                try await RawConnection.open(port) { connection in
                    try await connection.send(Self.head(body.readableBytes, [root], path: path))
                    try await connection.send(body.getSlice(at: 0, length: 200) ?? body)
                    #expect(try await connection.answer().status == 408)
                }
            }
            while fixture.registry.spool.bytesInUse > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try await fixture.registry.database.isEmpty())
        }
    }

    @Test("a client that hangs up within its body is no error of the server's", arguments: [0, 200, 2000])
    func hungUp(sent: Int) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.serve { port in
                let body = try Self.upload(padding: 5000)
                try await RawConnection.open(port) { connection in
                    try await connection.send(Self.head(body.readableBytes, [Self.alice]))
                    try await connection.send(body.getSlice(at: 0, length: sent) ?? body)
                }
                try await RawConnection.open(port) { connection in
                    try await connection.request("GET", "/health/live")
                    #expect(try await connection.answer().status == 200)
                }
            }
            while fixture.registry.spool.bytesInUse > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try await fixture.registry.database.isEmpty())
            #expect(!fixture.log.lines.contains { $0.hasPrefix("error") }, "\(fixture.log.lines)")
        }
    }

    @Test("a GET may have a body, which nobody reads")
    func bodyOfGet() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            try await fixture.serve { port in
                try await RawConnection.open(port) { connection in
                    for _ in 0..<2 {
                        try await connection.request("GET", wheel.page, ["Content-Length: 5"])
                        try await connection.send("hello")
                        #expect(try await connection.answer().status == 200)
                    }
                }
            }
        }
    }
}
