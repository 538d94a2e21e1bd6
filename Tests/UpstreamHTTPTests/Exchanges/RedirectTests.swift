import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import UpstreamHTTP

@Suite("Redirects and links")
struct RedirectTests {
    @Test("are followed, and links are read against where they lead", arguments: [301, 302, 303, 307, 308])
    func followed(_ status: Int) async throws {
        try await Testbed.serve { request in
            switch request.path {
            case "/simple/alpha/": .redirect(to: "../../elsewhere/alpha/?sig=1", status)
            default: .html("<a data-upload-time='2026-01-01T00:00:00Z' href='alpha-1.0.tar.gz'>alpha-1.0.tar.gz</a>")
            }
        } _: { upstream, server in
            let page = try await Testbed.page(upstream)
            #expect(page.files.map(\.url) == ["\(server.url)/elsewhere/alpha/alpha-1.0.tar.gz"])
            #expect(server.requests.map(\.target) == ["/simple/alpha/", "/elsewhere/alpha/?sig=1"])
        }
    }

    @Test("in a circle, or more than five, are a failure that says so")
    func circles() async throws {
        try await Testbed.serve { request in
            .redirect(to: request.path == "/simple/alpha/" ? "/a" : "/simple/alpha/")
        } _: { upstream, server in
            let error = await Testbed.expect(.failed) { _ = try await Testbed.page(upstream) }
            #expect(error?.message.contains("circle") == true)
            #expect(server.requests.count == 2)
        }
        try await Testbed.serve { request in
            .redirect(to: request.target + "x")
        } _: { upstream, server in
            let error = await Testbed.expect(.failed) { _ = try await Testbed.page(upstream) }
            #expect(error?.message.contains("more than 5 times") == true)
            #expect(server.requests.count == 6)
        }
    }

    @Test("to nowhere are a failure", arguments: ["", "mailto:a@example.com", "ftp://127.0.0.1/", "http://", "//:1"])
    func nowhere(_ location: String) async throws {
        try await Testbed.serve { _ in
            .redirect(to: location)
        } _: { upstream, _ in
            await Testbed.expect(.failed) { _ = try await Testbed.page(upstream) }
        }
    }

    @Test("from https never lead to http")
    func downgrade() async throws {
        let authority = try CertificateFile()
        try await TestServer.run({ _ in .answer(200) }) { plain in
            try await Testbed.serve(tls: true, settings: { $0.authoritiesFile = authority.path }) { _ in
                .redirect(to: plain.url + "/simple/alpha/")
            } _: { upstream, server in
                await Self.expectElsewhere(upstream)
                await Testbed.expect(.forbiddenAddress) { _ = try await upstream.open(plain.url + "/f", range: nil) }
                #expect(server.requests.count == 1)
                #expect(plain.connections == 0)
            }
        }
    }

    @Test(
        "to this machine or a private network are not even connected to",
        arguments: [
            "127.0.0.2", "127.2", "2130706434", "0x7f000002", "0177.0.0.2", "0x7f.2", "127.0.0.2.", "localhost",
            "LOCALHOST.", "a.localhost", "[::1]", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]", "[::127.0.0.2]",
            "[64:ff9b::7f00:2]", "[2002:7f00:2::]", "0.0.0.0", "0", "[::]", "10.0.0.1", "172.16.0.1", "192.168.1.1",
            "100.64.0.1", "169.254.169.254", "[fe80::1]", "[fd00::1]", "224.0.0.1", "[ff02::1]", "255.255.255.255",
            "inside.example", "mixed.example", "intranet", "0x7f000002.", "user@127.0.0.2",
        ])
    func privateHosts(_ host: String) async throws {
        var surroundings = UpstreamSurroundings()
        surroundings.lookUp = { name in
            switch name {
            case "inside.example": [IPAddress(bytes: [127, 0, 0, 2])]
            case "mixed.example": [IPAddress(bytes: [203, 0, 113, 1]), IPAddress(bytes: [127, 0, 0, 2])]
            default: try AddressLookup.addresses(of: name)
            }
        }
        try await TestServer.run(host: "127.0.0.2", { _ in .answer(200) }) { [surroundings] inside in
            try await Testbed.serve(surroundings: surroundings) { _ in
                .redirect(to: "http://\(host):\(inside.port)/simple/alpha/")
            } _: { upstream, _ in
                await Self.expectElsewhere(upstream)
                let link = "http://\(host):\(inside.port)/f"
                await Testbed.expect(.forbiddenAddress) { _ = try await upstream.open(link, range: nil) }
                await Testbed.expect(.forbiddenAddress) { _ = try await upstream.size(of: link) }
            }
            #expect(inside.connections == 0)
        }
    }

    @Test("lead to private hosts that allow_hosts names, in any spelling", arguments: ["localhost", "LocalHost."])
    func allowedHosts(_ name: String) async throws {
        try await TestServer.run({ _ in .html("<html></html>") }) { inside in
            for hosts in [[], ["127.0.0.9", name]] as [Set<String>] {
                try await Testbed.serve(settings: { $0.allowedHosts = hosts }) { _ in
                    .redirect(to: "http://localhost:\(inside.port)/")
                } _: { upstream, _ in
                    if hosts.isEmpty {
                        await Self.expectElsewhere(upstream)
                    } else {
                        let page = try await Testbed.page(upstream)
                        #expect(page.files.isEmpty)
                    }
                }
            }
        }
    }

    @Test("see the credentials on the upstream's own origin only")
    func credentials() async throws {
        let secret = HTTPUpstreamSettings.Credentials.basic(user: "ann", password: "s3cret")
        try await TestServer.run({ _ in
            .html("<a data-upload-time='2026-01-01T00:00:00Z' href='alpha-1.0.tar.gz'>alpha-1.0.tar.gz</a>")
        }) { other in
            try await Testbed.serve(settings: { $0.credentials = secret }) { request in
                request.path == "/r" ? .redirect(to: other.url + "/f") : .answer(200)
            } _: { upstream, own in
                _ = try await upstream.open(own.url + "/r", range: nil).bytes()
                _ = try await upstream.open(own.url + "/f", range: nil).bytes()
                _ = try await upstream.size(of: other.url + "/f")
                try await upstream.check()
                #expect(
                    own.requests.map { $0.headers["Authorization"] }
                        == Array(repeating: ["Basic YW5uOnMzY3JldA=="], count: 3))
                #expect(other.requests.count == 2)
                #expect(other.requests.allSatisfy { $0.headers["Authorization"].isEmpty })
            }
        }
    }

    private static func expectElsewhere(
        _ upstream: HTTPUpstream, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        await Testbed.expect(.leadsElsewhere, sourceLocation: sourceLocation) { _ = try await Testbed.page(upstream) }
    }

    @Test("of a page to another origin say that the upstream doesn't have it, and lead nowhere")
    func pagesElsewhere() async throws {
        try await TestServer.run({ _ in
            .html("<a data-upload-time='2026-01-01T00:00:00Z' href='alpha-1.0.tar.gz'>alpha-1.0.tar.gz</a>")
        }) { other in
            try await Testbed.serve { _ in
                .redirect(to: other.url + "/simple/alpha/", 303)
            } _: { upstream, own in
                await Self.expectElsewhere(upstream)
                #expect(own.requests.count == 1)
                #expect(other.connections == 0)
                let error = await Testbed.expect(.leadsElsewhere) { try await upstream.check() }
                #expect(error?.message.contains("redirects to \(other.url)/simple/alpha/") == true)
            }
            let host = "localhost"
            try await Testbed.serve(settings: { $0.allowedHosts = [host] }) { _ in
                .redirect(to: "http://\(host):\(other.port)/simple/alpha/")
            } _: { upstream, _ in
                let page = try await Testbed.page(upstream)
                #expect(page.files.count == 1)
            }
        }
    }

    @Test(
        "from http to https of the same host stay within the upstream",
        arguments: [
            ("http://a.example/simple/", "https://a.example", true),
            ("http://a.example/simple/", "https://b.example", false),
            ("https://a.example/simple/", "http://a.example", false),
            ("http://a.example/simple/", "https://a.example:8443", false),
            ("http://a.example:8080/simple/", "https://a.example", false),
            ("https://a.example:8443/simple/", "https://a.example:8443", true),
        ])
    func ownOrigins(_ url: String, _ other: String, _ isOwn: Bool) async throws {
        try await Testbed.with(Testbed.settings(url)) { upstream in
            let address = try #require(WebAddress(other + "/"))
            #expect(upstream.isOwn(address.origin) == isOwn)
        }
    }

    @Test("come back to the origin with the credentials, not before")
    func credentialsReturn() async throws {
        try await Testbed.serve(settings: { $0.credentials = .bearer(token: "t0ken") }) { request in
            .answer(request.headers.first(name: "Authorization") == "Bearer t0ken" ? 404 : 401)
        } _: { upstream, own in
            try await TestServer.run({ _ in .redirect(to: own.url + "/back") }) { other in
                await Testbed.expect(.notFound) { _ = try await upstream.open(other.url + "/f", range: nil) }
                #expect(other.requests.first?.headers["Authorization"] == [])
            }
        }
    }
}
