import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import UpstreamHTTP

@Suite("Proxies")
struct ProxyTests {
    private static func tunnel(to port: Int) -> TestServer.Answering {
        { $0.method == "CONNECT" ? [.tunnel(port)] : .answer(400) }
    }

    @Test("everything goes through the proxy, which resolves, and sees its own credentials only")
    func used() async throws {
        try await TestServer.run({ _ in
            .html("<a data-upload-time='2026-01-01T00:00:00Z' href='http://files.example/alpha-1.0.tar.gz'>a</a>")
        }) { index in
            try await TestServer.run(Self.tunnel(to: index.port)) { proxy in
                var settings = Testbed.settings("http://upstream.example/simple/")
                settings.proxy = "http://pat:p%40ss@127.0.0.1:\(proxy.port)"
                settings.credentials = .basic(user: "ann", password: "s3cret")
                try await Testbed.with(settings) { upstream in
                    _ = try await Testbed.page(upstream)
                    _ = try await upstream.open("http://files.example/f", range: nil).bytes()
                }
                #expect(proxy.requests.map(\.target) == ["upstream.example:80", "files.example:80"])
                #expect(proxy.requests.allSatisfy { $0.headers["Proxy-Authorization"] == ["Basic cGF0OnBAc3M="] })
                #expect(proxy.requests.allSatisfy { $0.headers["Authorization"].isEmpty })
                #expect(index.requests.map { $0.headers["Authorization"].count } == [1, 0])
                #expect(index.requests.allSatisfy { $0.headers["Proxy-Authorization"].isEmpty })
            }
        }
    }

    @Test("TLS goes through the tunnel, and verifies the upstream's name")
    func tls() async throws {
        let authority = try CertificateFile()
        try await TestServer.run(tls: true, { _ in .html("<html></html>") }) { index in
            // Not at an address that the certificate names: NIOSSL takes the peer's address as a name, too.
            try await TestServer.run(host: "127.0.0.2", Self.tunnel(to: index.port)) { proxy in
                for (host, works) in [("files.example", true), ("other.example", false)] {
                    var settings = Testbed.settings("https://\(host)/simple/")
                    settings.proxy = "http://127.0.0.2:\(proxy.port)"
                    settings.authoritiesFile = authority.path
                    try await Testbed.with(settings) { upstream in
                        if works {
                            _ = try await Testbed.page(upstream)
                        } else {
                            await Testbed.expect(.unreachable) { _ = try await Testbed.page(upstream) }
                        }
                    }
                }
            }
        }
    }

    @Test(
        "what is inside by its name is not asked of the proxy either",
        arguments: ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "a.localhost.", "10.1.2.3", "[::1]", "intranet"])
    func inside(_ host: String) async throws {
        try await TestServer.run({ _ in .answer(200) }) { proxy in
            var settings = Testbed.settings("http://upstream.example/simple/")
            settings.proxy = "http://127.0.0.1:\(proxy.port)"
            try await Testbed.with(settings) { upstream in
                await Testbed.expect(.forbiddenAddress) { _ = try await upstream.open("http://\(host)/f", range: nil) }
            }
            #expect(proxy.connections == 0)
        }
    }

    @Test("a proxy that refuses is a failure that says so, without the password")
    func refusing() async throws {
        for (status, reason) in [(407, UpstreamError.Reason.refused), (403, .unreachable)] {
            try await TestServer.run({ _ in .answer(status) }) { proxy in
                var settings = Testbed.settings("http://upstream.example/simple/")
                settings.proxy = "http://pat:p4ssw0rd@127.0.0.1:\(proxy.port)"
                try await Testbed.with(settings) { upstream in
                    let error = await Testbed.expect(reason) { _ = try await Testbed.page(upstream) }
                    #expect(error?.description.contains("proxy") == true)
                    #expect(error?.description.contains("p4ssw0rd") == false)
                }
            }
        }
    }

    @Test("those of the environment are used if the settings name none, minus NO_PROXY")
    func environment() async throws {
        try await TestServer.run({ _ in .html("<html></html>") }) { index in
            try await TestServer.run(Self.tunnel(to: index.port)) { proxy in
                let settings = Testbed.settings(index.url + "/simple/")
                let variable = ["HTTP_PROXY": "http://127.0.0.1:\(proxy.port)/"]
                try await Testbed.with(settings, environment: variable) { _ = try await Testbed.page($0) }
                #expect(proxy.requests.count == 1)
                let without = variable.merging(["NO_PROXY": "127.0.0.0/8"]) { $1 }
                try await Testbed.with(settings, environment: without) { _ = try await Testbed.page($0) }
                #expect(proxy.requests.count == 1)
            }
        }
    }

    private static func proxyHost(_ environment: [String: String], _ url: String) throws -> String? {
        let origin = try #require(WebAddress(url)).origin
        return try ProxyRules(setting: nil, environment: environment).proxy(for: origin)?.host
    }

    @Test("which variable holds depends on the scheme, and lower case wins")
    func variables() throws {
        let all = ["HTTPS_PROXY": "http://secure:1", "http_proxy": "plain:2", "HTTP_PROXY": "http://upper:3"]
        #expect(try Self.proxyHost(all, "https://a.example/") == "secure")
        #expect(try Self.proxyHost(all, "http://a.example/") == "plain")
        #expect(try Self.proxyHost(["ALL_PROXY": "http://any:1"], "http://a.example/") == "any")
        #expect(try Self.proxyHost(["HTTPS_PROXY": ""], "https://a.example/") == nil)
    }

    @Test(
        "NO_PROXY takes hosts with all below them, addresses, blocks and ports",
        arguments: [
            ("*", true), ("a.example", true), ("example", true), (".example", true), ("A.Example.", true),
            ("b.example, a.example", true), ("a.example:443", true), ("a.example:80", false), ("xa.example", false),
            ("ample", false), ("10.0.0.0/8", false), ("", false),
        ])
    func exceptions(_ list: String, _ isDirect: Bool) throws {
        let environment = ["HTTPS_PROXY": "http://proxy:1", "no_proxy": list]
        #expect((try Self.proxyHost(environment, "https://a.example/") == nil) == isDirect)
    }

    @Test("NO_PROXY's blocks hold addresses", arguments: ["10.0.0.0/8", "10.1.2.3", "10.1.2.3:443"])
    func blocks(_ list: String) throws {
        let environment = ["HTTPS_PROXY": "http://proxy:1", "NO_PROXY": list]
        #expect(try Self.proxyHost(environment, "https://10.1.2.3/") == nil)
        #expect(try Self.proxyHost(environment, "https://11.1.2.3/") == "proxy")
    }

    @Test(
        "one that is malformed is refused, and its password not shown",
        arguments: [
            "https://u:hidden@p:1", "socks5://u:hidden@p:1", "http://u:hidden@p:x", "http://u:hid%zz@p:1", "::",
        ])
    func malformed(_ text: String) {
        let error = #expect(throws: InvalidUpstreamSettings.self) {
            _ = try ProxyRules(setting: text, environment: [:])
        }
        #expect(error?.key == "proxy")
        #expect(error?.description.contains("hid") == false)
    }
}
