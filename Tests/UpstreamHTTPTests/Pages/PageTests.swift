import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import UpstreamHTTP

@Suite("Pages of an upstream")
struct PageTests {
    private static let html = """
        <a href='../../files/alpha-1.0.tar.gz#sha256=\(String(repeating: "ab", count: 32))'
         data-upload-time='2026-11-21T08:49:37Z'>alpha-1.0.tar.gz</a>
        """
    private static let json = """
        {"meta": {"api-version": "1.0"}, "name": "Alpha", "files": [{"filename": "alpha-1.0.tar.gz",
         "url": "../../files/alpha-1.0.tar.gz", "hashes": {"sha256": "\(String(repeating: "ab", count: 32))"}}]}
        """

    @Test("are asked for as JSON before HTML, compressed")
    func request() async throws {
        try await Testbed.serve { _ in
            .html(Self.html)
        } _: { upstream, server in
            _ = try await Testbed.page(upstream)
            let request = try #require(server.requests.first)
            #expect(request.method == "GET")
            #expect(request.target == "/simple/alpha/")
            #expect(
                request.headers["Accept"] == [
                    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
                ])
            #expect(request.headers["Accept-Encoding"] == ["gzip"])
            #expect(request.headers["User-Agent"] == ["cellar"])
            #expect(request.headers["If-None-Match"] == [])
        }
    }

    @Test(
        "are read by their media type or, if it says nothing, by how they begin",
        arguments: [
            ("application/vnd.pypi.simple.v1+json", json), ("Application/JSON; charset=utf-8", json),
            ("text/html; charset=UTF-8", html), ("application/vnd.pypi.simple.v1+html", html),
            ("", json), ("", html), ("text/plain", "\u{FEFF} \n" + html), ("application/octet-stream", json),
        ])
    func types(_ type: String, _ text: String) async throws {
        let headers = type.isEmpty ? [] : [("Content-Type", type)]
        try await Testbed.serve { _ in
            .answer(200, headers, ByteBuffer(string: text))
        } _: { upstream, server in
            let page = try await Testbed.page(upstream)
            #expect(page.name == "alpha")
            #expect(page.files.map(\.url) == ["\(server.url)/files/alpha-1.0.tar.gz"])
            #expect(page.files.first?.sha256 == String(repeating: "ab", count: 32))
        }
    }

    @Test(
        "that are none are malformed",
        arguments: [
            ("application/json", html), ("text/plain", "hello"), ("", ""), ("application/json", "{\"name\": \"alpha\""),
            ("application/json", json.replacing("Alpha", with: "beta")),
            ("text/html", "<title>Sign in</title><form><input type=password></form>"),
            ("text/html", "<html><body>The proxy has a notice for you.</body></html>"),
            ("text/plain", "<html><body>The proxy has a notice for you.</body></html>"),
        ])
    func malformed(_ type: String, _ text: String) async throws {
        let headers = type.isEmpty ? [] : [("Content-Type", type)]
        try await Testbed.serve { _ in
            .answer(200, headers, ByteBuffer(string: text))
        } _: { upstream, _ in
            await Testbed.expect(.malformed) { _ = try await Testbed.page(upstream) }
        }
    }

    @Test("may be compressed with gzip")
    func gzip() async throws {
        let body = try Compression.gzip(ByteBuffer(string: Self.json), level: 6)
        for encoding in ["gzip", "GZIP", "x-gzip"] {
            try await Testbed.serve { _ in
                .answer(200, [("Content-Encoding", encoding)], body)
            } _: { upstream, _ in
                let page = try await Testbed.page(upstream)
                #expect(page.files.count == 1)
            }
        }
    }

    @Test("may be as large as the settings say and have as many files")
    func bounds() async throws {
        for (size, works) in [(64 * 1024, true), (64 * 1024 + 1, false)] {
            let padded = Self.html + String(repeating: " ", count: size - Self.html.utf8.count)
            for body in [ByteBuffer(string: padded), try Compression.gzip(ByteBuffer(string: padded), level: 1)] {
                let encoding = body.readableBytes < size ? [("Content-Encoding", "gzip")] : []
                try await Testbed.serve { _ in
                    .answer(200, encoding + [("Content-Type", "text/html")], body)
                } _: { upstream, _ in
                    if works {
                        _ = try await Testbed.page(upstream)
                    } else {
                        await Testbed.expect(.malformed) { _ = try await Testbed.page(upstream) }
                    }
                }
            }
        }
        let links = (0...100).map { "<a href='alpha-\($0).tar.gz'>alpha-\($0).tar.gz</a>" }
        for (count, works) in [(100, true), (101, false)] {
            try await Testbed.serve { _ in
                .html(links.prefix(count).joined())
            } _: { upstream, _ in
                if works {
                    let page = try await Testbed.page(upstream)
                    #expect(page.files.count == count)
                } else {
                    await Testbed.expect(.malformed) { _ = try await Testbed.page(upstream) }
                }
            }
        }
    }

    @Test("are asked for with what is known of the kept copy, and renewed with what the answer says")
    func conditions() async throws {
        try await Testbed.serve { _ in
            .answer(304, [("ETag", "\"two\""), ("Cache-Control", "max-age=30")])
        } _: { upstream, server in
            let known = PageValidators(entityTag: "\"one\"", lastModified: "Sat, 21 Nov 2026 08:49:37 GMT")
            let answer = try await upstream.page(of: Testbed.name("alpha"), known: known)
            guard case .unchanged(let validity) = answer else {
                Issue.record("answered \(answer)")
                return
            }
            #expect(server.requests.first?.headers["If-None-Match"] == ["\"one\""])
            #expect(server.requests.first?.headers["If-Modified-Since"] == ["Sat, 21 Nov 2026 08:49:37 GMT"])
            #expect(validity.validators.entityTag == "\"two\"")
            #expect(validity.validators.lastModified == known.lastModified)
            #expect(validity.freshFor == 30)
        }
    }

    @Test("leave their connection to the next one, whatever the answer was")
    func connections() async throws {
        try await Testbed.serve { request in
            switch request.path {
            case "/simple/alpha/": .html(Self.html)
            case "/simple/beta/": .answer(404, [], ByteBuffer(repeating: 0x20, count: 2000))
            case "/simple/gamma/": .answer(304)
            case "/simple/delta/": .redirect(to: "/simple/alpha/")
            default: .answer(403, [], ByteBuffer(string: "no"))
            }
        } _: { upstream, server in
            let known = PageValidators(entityTag: "\"one\"", lastModified: nil)
            for name in ["alpha", "beta", "gamma", "delta", "epsilon", "alpha"] {
                _ = try? await upstream.page(of: Testbed.name(name), known: known)
            }
            #expect(server.requests.count == 7)
            #expect(server.connections == 1)
        }
    }

    @Test("are absent by 404 and 410, and by what the settings name; the error names the setting")
    func absentStatuses() async throws {
        for (status, settings, isAbsent) in [
            (404, [404, 410], true), (410, [404, 410], true), (403, [404, 410], false), (403, [403, 404, 410], true),
            (400, [404, 410], false), (400, [400], true),
        ] as [(Int, Set<Int>, Bool)] {
            try await Testbed.serve(settings: { $0.absentStatuses = settings }) { request in
                .answer(status, isHead: request.method == "HEAD")
            } _: { upstream, server in
                let link = server.url + "/f"
                if isAbsent {
                    guard case .unknown = try await upstream.page(of: Testbed.name("alpha"), known: nil) else {
                        Issue.record("\(status) is not taken for absent")
                        return
                    }
                    await Testbed.expect(.notFound) { _ = try await upstream.open(link, range: nil) }
                    await Testbed.expect(.notFound) { _ = try await upstream.size(of: link) }
                    try await upstream.check()
                } else {
                    let reason: UpstreamError.Reason = status == 403 ? .refused : .failed
                    let error = await Testbed.expect(reason) { _ = try await Testbed.page(upstream) }
                    #expect(error?.message.contains("absent_statuses = [\(status)]") == true)
                }
            }
        }
    }

    private static let timeless = "<a href='alpha-1.0.tar.gz'>alpha-1.0.tar.gz</a>"

    /// A server that gives HTML to everyone who takes it.
    private static func preferringHTML(_ request: TestServer.Request, json: Bool = true) -> [TestServer.Step] {
        let accepted = request.headers.first(name: "Accept") ?? ""
        if accepted.contains("html") { return .html(timeless) }
        return json
            ? .answer(200, [("Content-Type", PageFormat.json.type)], ByteBuffer(string: Self.json)) : .answer(406)
    }

    @Test("of an upstream that prefers HTML without times are asked for as JSON alone, and from then on only so")
    func jsonAlone() async throws {
        try await Testbed.serve { request in
            Self.preferringHTML(request)
        } _: { upstream, server in
            for _ in 0..<2 {
                let page = try await Testbed.page(upstream)
                #expect(page.files.first?.sha256 != nil)
            }
            #expect(
                server.requests.map { $0.headers["Accept"] }
                    == [[PageFormat.accept], [PageFormat.json.type], [PageFormat.json.type]])
        }
    }

    @Test("of an upstream that has only HTML without times are asked for as JSON alone once a day")
    func onlyHTML() async throws {
        let clock = TestClock()
        try await Testbed.serve(surroundings: clock.surroundings) { request in
            Self.preferringHTML(request, json: false)
        } _: { upstream, server in
            for _ in 0..<3 {
                let page = try await Testbed.page(upstream)
                #expect(page.files.count == 1)
            }
            #expect(server.requests.count == 4)
            clock.advance(.seconds(24 * 3600))
            for _ in 0..<2 {
                let page = try await Testbed.page(upstream)
                #expect(page.files.count == 1)
            }
            #expect(server.requests.count == 7)
        }
    }

    @Test("are asked for in any form again once JSON alone is refused")
    func jsonLost() async throws {
        let hasJSON = Atomic(true)
        try await Testbed.serve { request in
            Self.preferringHTML(request, json: hasJSON.load(ordering: .relaxed))
        } _: { upstream, server in
            _ = try await Testbed.page(upstream)
            hasJSON.store(false, ordering: .relaxed)
            for _ in 0..<2 {
                let page = try await Testbed.page(upstream)
                #expect(page.files.count == 1)
            }
            #expect(
                server.requests.map { $0.headers["Accept"].first?.contains("html") }
                    == [true, false, false, true, true])
        }
    }

    @Test("have an address below the upstream's, which shows no credentials")
    func address() async throws {
        for url in ["https://ann:s3cret@upstream.example/simple", "https://upstream.example/simple/"] {
            try await Testbed.with(Testbed.settings(url)) { upstream in
                let name = try Testbed.name("a.b")
                #expect(upstream.pageURL(of: name) == "https://upstream.example/simple/a-b/")
            }
        }
    }

    @Test(
        "have no address if the settings have none",
        arguments: ["", "upstream.example", "ftp://upstream.example/", "https://", "https://a b/", "https://a/?q=1"])
    func addresses(_ url: String) async throws {
        let error = await #expect(throws: InvalidUpstreamSettings.self) {
            try await Testbed.with(Testbed.settings(url)) { _ in }
        }
        #expect(error?.key == "url")
    }

    @Test("the upstream's health is seen by its own address, and a long list is not read")
    func check() async throws {
        for (status, reason) in [(200, nil), (404, nil), (401, UpstreamError.Reason.refused), (500, .failed)] {
            try await Testbed.serve { _ in
                [.text("HTTP/1.1 \(status) Text\r\nContent-Length: 30000000\r\n\r\n"), .hang]
            } _: { upstream, server in
                if let reason {
                    await Testbed.expect(reason) { try await upstream.check() }
                } else {
                    try await upstream.check()
                }
                #expect(server.requests.map(\.target) == ["/simple/"])
            }
        }
    }
}
