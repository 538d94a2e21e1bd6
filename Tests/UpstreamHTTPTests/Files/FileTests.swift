import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import UpstreamHTTP

@Suite("Files of an upstream")
struct FileTests {
    @Test("are asked for as they are stored, and never unpacked")
    func plain() async throws {
        let packed = try Compression.gzip(ByteBuffer(string: "contents"), level: 6)
        try await Testbed.serve { _ in
            .answer(200, [("Content-Encoding", "gzip")], packed)
        } _: { upstream, server in
            let file = try await upstream.open(server.url + "/f?sig=a%2Fb", range: nil)
            #expect(try await file.bytes() == packed)
            #expect(server.requests.first?.target == "/f?sig=a%2Fb")
            #expect(server.requests.first?.headers["Accept-Encoding"] == ["identity"])
        }
    }

    @Test(
        "another part than was asked for is malformed",
        arguments: [
            "bytes 1-9/100", "bytes 0-10/100", "bytes 0-9", "bytes 0-9/9", "items 0-9/100", "bytes 9-0/100", "",
            "bytes 0-7/100", "bytes -5-9/100",
        ])
    func otherParts(_ told: String) async throws {
        try await Testbed.serve { _ in
            .answer(206, [("Content-Range", told)], ByteBuffer(string: "0123456789"))
        } _: { upstream, server in
            await Testbed.expect(.malformed) {
                _ = try await upstream.open(server.url + "/f", range: .bytes(0..<10))
            }
        }
    }

    @Test("a part that nobody asked for is malformed")
    func unasked() async throws {
        try await Testbed.serve { _ in
            .answer(206, [("Content-Range", "bytes 0-9/10")], ByteBuffer(string: "0123456789"))
        } _: { upstream, server in
            await Testbed.expect(.malformed) { _ = try await upstream.open(server.url + "/f", range: nil) }
        }
    }

    @Test("the beginning of a part, or one of a file of unknown size, is said to be that")
    func shorter() async throws {
        try await Testbed.serve { _ in
            .answer(206, [("Content-Range", "bytes 0-4/*")], ByteBuffer(string: "01234"))
        } _: { upstream, server in
            let file = try await upstream.open(server.url + "/f", range: .bytes(0..<10))
            #expect(file.range == 0..<5)
            #expect(file.size == nil)
            #expect(try await file.bytes().readableBytes == 5)
        }
    }

    @Test("the size comes from a part if HEAD is not answered", arguments: [403, 405, 501])
    func sizes(_ status: Int) async throws {
        try await Testbed.serve { request in
            guard request.method == "GET" else { return .answer(status, isHead: true) }
            #expect(request.headers["Range"] == ["bytes=0-0"])
            return .answer(206, [("Content-Range", "bytes 0-0/1234")], ByteBuffer(string: "0"))
        } _: { upstream, server in
            let size = try await upstream.size(of: server.url + "/f")
            #expect(size == 1234)
        }
    }

    @Test("that nobody reads do not fill the memory, and come whole when somebody does")
    func backPressure() async throws {
        let block = ByteBuffer(repeating: 0x61, count: 1 << 20)
        let count = 64
        let metrics = UpstreamMetrics()
        try await TestServer.run { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: \(count << 20)\r\n\r\n")]
                + Array(repeating: .send(block), count: count)
        } _: { server in
            var settings = Testbed.settings(server.url)
            settings.idleTimeout = .seconds(1)
            try await Testbed.with(settings, metrics: metrics) { upstream in
                let file = try await upstream.open(server.url + "/f", range: nil)
                var total = 0
                for try await chunk in file.body {
                    // A reader that is slower than the idle time is no silence of the upstream.
                    if total == 0 { try await Task.sleep(for: .milliseconds(1500)) }
                    #expect(chunk.readableBytes < 4 << 20)
                    total += chunk.readableBytes
                }
                #expect(total == count << 20)
                #expect(metrics.snapshot.bytes["test"] == Int64(count) << 20)
            }
        }
    }

    @Test("whose body is dropped are not transferred any further")
    func dropped() async throws {
        let block = ByteBuffer(repeating: 0x61, count: 1 << 20)
        try await Testbed.serve { _ in
            [
                .text("HTTP/1.1 200 OK\r\nContent-Length: \(1 << 40)\r\n\r\n"),
                .repeatForever(block, every: .milliseconds(1)),
            ]
        } _: { upstream, server in
            for _ in 0..<3 { _ = try await upstream.open(server.url + "/f", range: nil) }
            // Each had to take a connection of its own, since the ones before were cut off.
            #expect(server.connections == 3)
            for _ in 0..<200 where server.openConnections > 0 { try await Task.sleep(for: .milliseconds(20)) }
            #expect(server.openConnections == 0)
        }
    }

    @Test("have addresses that are asked for as they are written, or not at all")
    func addresses() async throws {
        try await Testbed.serve { _ in
            .answer(200)
        } _: { upstream, server in
            for path in ["/a%20b/c+d.whl", "/x/%2e%2E/y", "/a;b=c/@d", "/%E2%82%AC"] {
                _ = try await upstream.open(server.url + path, range: nil)
                #expect(server.requests.last?.target == path)
            }
            for url in ["file:///etc/passwd", "/relative", "", "http://", "http://a b/", "http://127.0.0.1:99999/"] {
                await Testbed.expect(.failed) { _ = try await upstream.open(url, range: nil) }
            }
        }
    }
}
