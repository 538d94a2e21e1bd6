import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import UpstreamHTTP

@Suite("TLS")
struct TLSTests {
    private static let page = [TestServer.Step].html(
        "<a data-upload-time='2026-01-01T00:00:00Z' href='alpha-1.0.tar.gz'>alpha-1.0.tar.gz</a>")

    @Test("a certificate of an unknown authority is not taken, and the message says what to do")
    func unknownAuthority() async throws {
        try await Testbed.serve(tls: true, settings: { $0.retries = 3 }) { _ in
            Self.page
        } _: { upstream, server in
            let error = await Testbed.expect(.unreachable) { _ = try await Testbed.page(upstream) }
            #expect(error?.message.contains("authorities_file") == true)
            #expect(server.requests.isEmpty)
            #expect(server.connections == 1)
        }
    }

    @Test("one of the configured authority is taken")
    func configuredAuthority() async throws {
        let authority = try CertificateFile()
        try await Testbed.serve(tls: true, settings: { $0.authoritiesFile = authority.path }) { _ in
            Self.page
        } _: { upstream, server in
            let page = try await Testbed.page(upstream)
            #expect(page.files.map(\.url) == ["\(server.url)/simple/alpha/alpha-1.0.tar.gz"])
        }
    }

    @Test("the server's name is verified, also if its address is pinned")
    func names() async throws {
        let authority = try CertificateFile()
        let near = IPAddress(bytes: [127, 0, 0, 2])
        var surroundings = UpstreamSurroundings()
        surroundings.lookUp = { _ in [near] }
        surroundings.isForbidden = { $0 != near && $0.isForbidden }
        try await TestServer.run(host: "127.0.0.2", tls: true, { _ in .answer(200) }) { [surroundings] files in
            try await Testbed.serve(
                tls: true, surroundings: surroundings, settings: { $0.authoritiesFile = authority.path }
            ) { _ in
                .answer(404)
            } _: { upstream, _ in
                _ = try await upstream.open("https://files.example:\(files.port)/f", range: nil).bytes()
                for host in ["other.example", "127.0.0.2"] {
                    await Testbed.expect(.unreachable) {
                        _ = try await upstream.open("https://\(host):\(files.port)/f", range: nil)
                    }
                }
                #expect(files.requests.count == 1)
            }
        }
    }

    @Test(
        "a server that never answers the end of TLS delays nobody, whether its answer came whole or not",
        arguments: [0, 100_000_000])
    func unansweredEnd(missing: Int) async throws {
        let authority = try CertificateFile()
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(missing)\r\n\r\n"
        try await TestServer.run(tls: true, { _ in [.text(head), .stopReading, .hang] }) { server in
            var settings = Testbed.settings(server.url + "/simple/")
            settings.authoritiesFile = authority.path
            let start = ContinuousClock.now
            try await Testbed.with(settings) { try await $0.check() }
            // It would be 5 s by default.
            #expect(start.duration(to: .now) < .seconds(2))
            #expect(server.requests.count == 1)
        }
    }

    @Test("a file of authorities that cannot be read is an error of the settings")
    func unreadable() async throws {
        let empty = try CertificateFile("no certificate")
        for path in [empty.path, empty.path + ".absent"] {
            var settings = Testbed.settings("https://upstream.example/simple/")
            settings.authoritiesFile = path
            let error = await #expect(throws: InvalidUpstreamSettings.self) {
                try await Testbed.with(settings) { _ in }
            }
            #expect(error?.key == "authorities_file")
            #expect(error?.message.contains(path) == true)
        }
    }
}
