import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import UpstreamHTTP

@Suite("What an upstream's client reports")
struct UpstreamReportingTests {
    @Test("requests are counted by how they ended, and the bytes of their bodies")
    func counts() async throws {
        let metrics = UpstreamMetrics()
        try await TestServer.run { request in
            switch request.path {
            case "/simple/alpha/": .html("<html></html>")
            case "/simple/gamma/": .answer(304)
            case "/f": .answer(200, [], ByteBuffer(string: "0123456789"))
            case "/simple/broken/": .answer(500)
            default: .answer(404)
            }
        } _: { server in
            try await Testbed.with(Testbed.settings(server.url + "/simple/"), metrics: metrics) { upstream in
                let known = PageValidators(entityTag: "\"one\"", lastModified: nil)
                for name in ["alpha", "alpha", "beta", "gamma", "broken"] {
                    _ = try? await upstream.page(of: Testbed.name(name), known: known)
                }
                _ = try await upstream.open(server.url + "/f", range: nil).bytes()
                _ = try? await upstream.open(server.url + "/absent", range: nil)
                _ = try? await upstream.size(of: server.url + "/absent")
                try await upstream.check()
            }
        }
        let snapshot = metrics.snapshot
        let counted = Dictionary(
            uniqueKeysWithValues: snapshot.requests.map { ("\($0.upstream) \($0.kind) \($0.outcome.label)", $1) })
        #expect(
            counted == [
                "test page answered": 2, "test page unknown": 1, "test page unchanged": 1, "test page failed": 1,
                "test file answered": 1, "test file unknown": 1, "test size unknown": 1, "test check answered": 1,
            ])
        #expect(snapshot.bytes["test"] == 36)
        #expect(snapshot.latencies["test"]?.count == 9)
        #expect(snapshot.latencies["test"]?.buckets.reduce(0, +) == 9)
    }

    @Test("a rest is logged once, and the end of it; nothing that is logged or thrown holds a secret")
    func secrets() async throws {
        let log = RecordingLog()
        let clock = TestClock()
        let isBack = Mutex(false)
        try await TestServer.run { _ in
            isBack.withLock { $0 } ? .html("<html></html>") : .answer(500)
        } _: { server in
            var settings = Testbed.settings(server.url.replacing("//", with: "//ann:s3cret@") + "/simple/")
            settings.retries = 1
            let thrown = Mutex("")
            try await Testbed.with(settings, surroundings: clock.surroundings, logger: log.logger) { upstream in
                for _ in 0..<4 {
                    do {
                        _ = try await upstream.open(server.url + "/f?Signature=s3cret", range: nil)
                    } catch {
                        thrown.withLock { $0 += "\(error)" }
                    }
                }
                await Testbed.expect(.failed) { try await upstream.check() }
                await Testbed.expect(.resting) { try await upstream.check() }
                isBack.withLock { $0 = true }
                clock.advance(.seconds(20))
                try await upstream.check()
            }
            #expect(server.requests.allSatisfy { $0.headers["Authorization"] == ["Basic YW5uOnMzY3JldA=="] })
            #expect(thrown.withLock { $0.contains("/f") && !$0.contains("s3cret") })
        }
        let lines = log.lines
        #expect(lines.count == 2)
        #expect(lines.first?.contains("left alone for 10 s") == true)
        #expect(lines.last?.contains("answers again") == true)
        #expect(lines.allSatisfy { !$0.contains("s3cret") && !$0.contains("YW5u") })
    }

    @Test("credentials that cannot be sent are refused before anything is", arguments: ["a\nb", "", "tökén"])
    func badTokens(_ token: String) async throws {
        var settings = Testbed.settings("https://upstream.example/simple/")
        settings.credentials = .bearer(token: token)
        let error = await #expect(throws: InvalidUpstreamSettings.self) {
            try await Testbed.with(settings) { _ in }
        }
        #expect(error?.key == "token")
    }
}
