import HTTPTypes
import HummingbirdTesting
import NIOCore
import Registry
import Testing

@testable import CellarHTTP

@Suite("Redirects to the storage")
struct RedirectsTests {
    private func run(
        _ clients: Redirects.Clients, isForPublicFiles: Bool = false,
        _ test: (HTTPFixture) async throws -> Void
    ) async throws {
        let settings = HTTPSettings(
            redirects: Redirects(clients, lifetime: .seconds(60), isForPublicFiles: isForPublicFiles))
        try await HTTPFixture.run(settings: settings, storage: LinkedStorage(), test)
    }

    private func link(_ wheel: PublishedWheel) -> String {
        "https://store.example.com/\(StorageKey.file(wheel.digest, wheel.filename))?seconds=60"
    }

    @Test("a large file is at a link, which no cache keeps; what is small or needs no bytes is answered here")
    func redirects() async throws {
        try await run(.all) { fixture in
            let large = try await fixture.publishWheel("alpha", padding: 300_000)
            let small = try await fixture.publishWheel("beta")
            let open = try await fixture.publishWheel("gamma", padding: 300_000, to: HTTPFixture.open)
            try await fixture.ask { client in
                // The second time it is in memory.
                for _ in 1...2 {
                    let answer = try await client.execute(uri: large.address, method: .get)
                    #expect(answer.status == .found)
                    #expect(answer.headers[.location] == link(large))
                    #expect(answer.headers[.cacheControl] == "no-store")
                    #expect(answer.headers[.contentLength] == "0")
                    #expect(answer.headers[.accessControlAllowOrigin] == nil)
                    #expect(answer.body.readableBytes == 0)
                }
                let part = try await client.execute(uri: large.address, method: .get, headers: [.range: "bytes=5-9"])
                #expect(part.status == .found && part.headers[.location] == link(large))
                let cross = try await client.execute(uri: open.address, method: .get)
                #expect(cross.status == .found && cross.headers[.accessControlAllowOrigin] == "*")

                let head = try await client.execute(uri: large.address, method: .head)
                #expect(head.status == .ok && head.headers[.contentLength] == "\(large.bytes.count)")
                #expect(head.headers[.acceptRanges] == nil)
                let smallHead = try await client.execute(uri: small.address, method: .head)
                #expect(smallHead.headers[.acceptRanges] == "bytes")
                let tag = try #require(head.headers[.eTag])
                let known = try await client.execute(uri: large.address, method: .get, headers: [.ifNoneMatch: tag])
                #expect(known.status == .notModified)
                let beyond = try await client.execute(
                    uri: large.address, method: .get, headers: [.range: "bytes=9999999-"])
                #expect(beyond.status == .rangeNotSatisfiable)
                let own = try await client.execute(
                    uri: large.address, method: .get, headers: [.range: "bytes=5-9", .ifRange: tag])
                #expect(own.status == .partialContent && own.body == ByteBuffer(bytes: large.bytes[5..<10]))
                let theirs = try await client.execute(
                    uri: large.address, method: .get, headers: [.range: "bytes=5-9", .ifRange: "\"md5\""])
                #expect(theirs.status == .found)
                let metadata = try await client.execute(uri: large.address + ".metadata", method: .get)
                #expect(metadata.status == .ok)
                let whole = try await client.execute(uri: small.address, method: .get)
                #expect(whole.status == .ok && whole.body == ByteBuffer(bytes: small.bytes))
            }
        }
    }

    @Test(
        "only clients that keep files by their digests are redirected, if that is wished",
        arguments: [
            ("uv/0.13.9 {\"installer\":{\"name\":\"uv\"}}", true), ("poetry/2.5.1 CPython/3.11", true),
            ("pip/26.3 {\"ci\":null}", false), ("pdm/2.29.4", false), ("curl/7.88", false), ("not uv/1", false),
        ])
    func auto(userAgent: String, isRedirected: Bool) async throws {
        try await run(.knownToKeepFiles) { fixture in
            let wheel = try await fixture.publishWheel("alpha", padding: 300_000)
            try await fixture.ask { client in
                let answer = try await client.execute(
                    uri: wheel.address, method: .get, headers: [.userAgent: userAgent])
                #expect(answer.status == (isRedirected ? .found : .ok))
                if !isRedirected { #expect(answer.body == ByteBuffer(bytes: wheel.bytes)) }
            }
        }
    }

    @Test("nobody gets a link to what they may not read, and links without a signature only to what everyone may")
    func rights() async throws {
        for isForPublicFiles in [false, true] {
            try await run(.all, isForPublicFiles: isForPublicFiles) { fixture in
                let wheel = try await fixture.publishWheel("alpha", padding: 300_000, to: HTTPFixture.secret)
                let shown = try await fixture.publishWheel("beta", padding: 300_000)
                try await fixture.ask { client in
                    let nobody = try await client.execute(uri: wheel.address, method: .get)
                    #expect(nobody.status == .unauthorized && nobody.headers[.location] == nil)
                    let bob = try await client.execute(uri: wheel.address, method: .get, headers: .basic("bob"))
                    #expect(bob.status == .notFound && bob.headers[.location] == nil)
                    let alice = try await client.execute(uri: wheel.address, method: .get, headers: .basic("alice"))
                    #expect(alice.status == (isForPublicFiles ? .ok : .found))
                    let everyone = try await client.execute(uri: shown.address, method: .get)
                    #expect(everyone.status == .found)
                }
            }
        }
    }

    @Test("the fast lane and the router answer alike")
    func lane() async throws {
        try await run(.all) { fixture in
            let large = try await fixture.publishWheel("alpha", padding: 300_000)
            let small = try await fixture.publishWheel("beta")
            let fields = [
                "", "Range: bytes=5-9\r\n", "If-None-Match: \"\(large.digest)\"\r\n", "Range: bytes=9999999-\r\n",
                "Range: bytes=5-9\r\nIf-Range: \"\(large.digest)\"\r\n", "User-Agent: uv/1\r\n",
            ]
            var requests: [String] = []
            for path in [large.address, small.address, large.address + ".metadata"] {
                for method in ["GET", "HEAD"] {
                    requests += fields.map { "\(method) \(path) HTTP/1.1\r\nHost: a\r\n\($0)\r\n" }
                }
            }
            let sent = requests
            func answers(hasFastLane: Bool) async throws -> [String] {
                try await fixture.serve(hasFastLane: hasFastLane) { port in
                    try await RawConnection.open(port) { connection in
                        var answers: [String] = []
                        // Twice: what was opened is in memory then.
                        for request in sent + sent {
                            try await connection.send(request)
                            let answer = try await connection.answer(isHead: request.hasPrefix("HEAD"))
                            let headers = answer.headers.filter {
                                !$0.hasPrefix("date: ") && !$0.hasPrefix("x-request-id: ")
                            }
                            answers.append("\(answer.status) \(headers) \(answer.body.hashValue)")
                        }
                        return answers
                    }
                }
            }
            let (fast, slow) = (try await answers(hasFastLane: true), try await answers(hasFastLane: false))
            for ((fast, slow), request) in zip(zip(fast, slow), sent + sent) { #expect(fast == slow, "\(request)") }
        }
    }
}
