import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import UpstreamHTTP

@Suite("A failing upstream")
struct FailureTests {
    private static let json = "Content-Type: application/vnd.pypi.simple.v1+json\r\n"

    private static let hasty: @Sendable (inout HTTPUpstreamSettings) -> Void = { settings in
        // Long enough for a busy machine to connect; the time for an answer is counted behind it.
        settings.connectTimeout = .seconds(2)
        settings.responseTimeout = .milliseconds(300)
    }

    @Test("that is not there cannot be reached")
    func refused() async throws {
        let url = try await TestServer.run({ _ in [] }) { $0.url }
        try await Testbed.with(Testbed.settings(url + "/simple/")) { upstream in
            let error = await Testbed.expect(.unreachable) { _ = try await Testbed.page(upstream) }
            #expect(error?.message.contains("127.0.0.1") == true)
            await Testbed.expect(.unreachable) { _ = try await upstream.open(url + "/f", range: nil) }
            await Testbed.expect(.unreachable) { try await upstream.check() }
        }
    }

    @Test("that says nothing is given up in time")
    func silent() async throws {
        try await Testbed.serve(settings: Self.hasty) { _ in
            [.hang]
        } _: { upstream, _ in
            let start = ContinuousClock.now
            let error = await Testbed.expect(.unreachable) { _ = try await Testbed.page(upstream) }
            #expect(start.duration(to: .now) < .seconds(15))
            #expect(error?.message.contains("did not answer within 0.3 s") == true)
        }
    }

    @Test("that falls silent within a body is given up in time, page or file")
    func silentBody() async throws {
        try await Testbed.serve(settings: { $0.idleTimeout = .milliseconds(300) }) { _ in
            [.text("HTTP/1.1 200 OK\r\n\(Self.json)Content-Length: 100\r\n\r\n{"), .hang]
        } _: { upstream, server in
            await Testbed.expect(.unreachable) { _ = try await Testbed.page(upstream) }
            let file = try await upstream.open(server.url + "/f", range: nil)
            await Testbed.expect(.unreachable) { _ = try await file.bytes() }
        }
    }

    @Test(
        "that breaks off before its answer cannot be reached",
        arguments: [[TestServer.Step.reset], [.close], [.text("HTTP/1.1 200 OK\r\nContent-"), .reset]])
    func brokenHead(_ steps: [TestServer.Step]) async throws {
        try await Testbed.serve { _ in
            steps
        } _: { upstream, _ in
            await Testbed.expect(.unreachable) { _ = try await Testbed.page(upstream) }
        }
    }

    @Test(
        "that breaks off within a body is seen to",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n",
        ], [TestServer.Step.close, .reset])
    func brokenBody(_ text: String, _ end: TestServer.Step) async throws {
        try await Testbed.serve { _ in
            [.text(text), .wait(.milliseconds(50)), end]
        } _: { upstream, server in
            let file = try await upstream.open(server.url + "/f", range: nil)
            await Testbed.expect(.truncated) { _ = try await file.bytes() }
            await Testbed.expect(.truncated) { _ = try await Testbed.page(upstream) }
        }
    }

    @Test("that sends more than the part that was asked for is cut off")
    func tooLong() async throws {
        let head = "HTTP/1.1 206 OK\r\nContent-Range: bytes 0-4/100\r\nTransfer-Encoding: chunked\r\n\r\n"
        try await Testbed.serve { _ in
            [.text(head + "a\r\n0123456789\r\n0\r\n\r\n")]
        } _: { upstream, server in
            let file = try await upstream.open(server.url + "/f", range: .bytes(0..<5))
            await Testbed.expect(.truncated) { _ = try await file.bytes() }
        }
    }

    @Test(
        "is recognized by its status",
        arguments: [
            (500, UpstreamError.Reason.failed), (502, .failed), (503, .failed), (504, .failed), (429, .busy),
            (401, .refused), (403, .refused), (400, .failed), (418, .failed), (204, .failed), (300, .failed),
        ])
    func statuses(_ status: Int, _ reason: UpstreamError.Reason) async throws {
        try await Testbed.serve { _ in
            .answer(status)
        } _: { upstream, server in
            await Testbed.expect(reason) { _ = try await Testbed.page(upstream) }
            await Testbed.expect(reason) { _ = try await upstream.open(server.url + "/f", range: nil) }
        }
    }

    @Test("that says 304 to a question without conditions has failed")
    func unaskedUnchanged() async throws {
        try await Testbed.serve { _ in
            .answer(304)
        } _: { upstream, _ in
            await Testbed.expect(.failed) { _ = try await Testbed.page(upstream) }
        }
    }

    @Test("that speaks no HTTP, or has a head without end, sends nothing of use")
    func noHTTP() async throws {
        try await Testbed.serve { _ in
            [.text("SSH-2.0-OpenSSH\r\n\r\n"), .close]
        } _: { upstream, _ in
            await Testbed.expect(.malformed) { _ = try await Testbed.page(upstream) }
        }
        let field = "X-Filler: " + String(repeating: "x", count: 60_000) + "\r\n"
        try await Testbed.serve { _ in
            [.text("HTTP/1.1 200 OK\r\n"), .repeatForever(ByteBuffer(string: field), every: .zero)]
        } _: { upstream, _ in
            await Testbed.expect(.malformed) { _ = try await Testbed.page(upstream) }
        }
    }

    @Test("whose page has no end is cut off at the bound")
    func endless() async throws {
        let chunk = ByteBuffer(string: "1000\r\n" + String(repeating: " ", count: 4096) + "\r\n")
        try await Testbed.serve { _ in
            [
                .text("HTTP/1.1 200 OK\r\n\(Self.json)Transfer-Encoding: chunked\r\n\r\n"),
                .repeatForever(chunk, every: .milliseconds(1)),
            ]
        } _: { upstream, _ in
            let error = await Testbed.expect(.malformed) { _ = try await Testbed.page(upstream) }
            #expect(error?.message.contains("max_page_size") == true)
        }
        try await Testbed.serve { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"), .hang]
        } _: { upstream, _ in
            await Testbed.expect(.malformed) { _ = try await Testbed.page(upstream) }
        }
    }

    @Test("whose page trickles is given up after the whole time for a page")
    func trickle() async throws {
        var surroundings = UpstreamSurroundings()
        surroundings.pageLimit = .milliseconds(600)
        try await Testbed.serve(surroundings: surroundings) { _ in
            [
                .text("HTTP/1.1 200 OK\r\n\(Self.json)Transfer-Encoding: chunked\r\n\r\n"),
                .repeatForever(ByteBuffer(string: "1\r\n \r\n"), every: .milliseconds(50)),
            ]
        } _: { upstream, _ in
            let start = ContinuousClock.now
            await Testbed.expect(.unreachable) { _ = try await Testbed.page(upstream) }
            #expect(start.duration(to: .now) > .milliseconds(500))
            #expect(start.duration(to: .now) < .seconds(15))
        }
    }

    @Test("whose page unpacks to too much, or not at all, sends nothing of use")
    func gzip() async throws {
        let bomb = try Compression.gzip(ByteBuffer(repeating: 0x20, count: 20 << 20), level: 9)
        #expect(bomb.readableBytes < 64 * 1024)
        let good = try Compression.gzip(ByteBuffer(string: "<html></html>"), level: 6)
        let cut = good.getSlice(at: 0, length: good.readableBytes - 4) ?? ByteBuffer()
        let pages: [(String, ByteBuffer)] = [
            ("gzip", bomb), ("gzip", cut), ("gzip", ByteBuffer(string: "<html></html>")), ("gzip", ByteBuffer()),
            ("br", good),
        ]
        for (encoding, bytes) in pages {
            try await Testbed.serve { _ in
                .answer(200, [("Content-Encoding", encoding), ("Content-Type", "text/html")], bytes)
            } _: { upstream, _ in
                await Testbed.expect(.malformed) { _ = try await Testbed.page(upstream) }
            }
        }
    }

    @Test("whose client leaves is not asked any further")
    func cancelled() async throws {
        try await Testbed.serve(settings: { $0.responseTimeout = .seconds(60) }) { _ in
            [.hang]
        } _: { upstream, server in
            let task = Task { try await Testbed.page(upstream) }
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
        }
    }
}
