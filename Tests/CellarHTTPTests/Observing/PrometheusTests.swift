import HTTPTypes
import HummingbirdTesting
import NIOCore
import Registry
import Testing

@testable import CellarHTTP

@Suite("Metrics for Prometheus")
struct PrometheusTests {
    @Test("every line is of the format, and every sample of a family that was announced")
    func format() async throws {
        let samples = try await Self.samples()
        #expect(samples.count > 20)
    }

    @Test("requests are counted by route, method and status")
    func requests() async throws {
        let samples = try await Self.samples()
        #expect(samples[#"cellar_requests_total{route="simple-project",method="GET",status="200"}"#] == 2)
        #expect(samples[#"cellar_requests_total{route="simple-project",method="GET",status="404"}"#] == 1)
        #expect(samples[#"cellar_requests_total{route="upload",method="POST",status="401"}"#] == 1)
        #expect(samples[#"cellar_uploads_total{outcome="published"}"#] == 1)
        #expect(samples[#"cellar_uploads_total{outcome="authentication-required"}"#] == 1)
        #expect((samples["cellar_received_bytes_total"] ?? 0) > 100)
        #expect(samples[#"cellar_page_cache_total{outcome="hit"}"#] == 1)
    }

    @Test("a histogram's buckets grow up to its count")
    func histogram() async throws {
        let samples = try await Self.samples()
        let name = "cellar_request_duration_seconds"
        var last = 0.0
        for bound in HTTPMetrics.latencyBounds.map({ String($0) }) + ["+Inf"] {
            let count = try #require(samples[#"\#(name)_bucket{route="simple-project",le="\#(bound)"}"#])
            #expect(count >= last)
            last = count
        }
        #expect(samples[#"\#(name)_count{route="simple-project"}"#] == last)
        #expect((samples[#"\#(name)_sum{route="simple-project"}"#] ?? 0) > 0)
    }

    @Test("requests to upstreams are counted by kind and outcome, with their bytes and times")
    func upstreams() async throws {
        try await HTTPFixture.run { fixture in
            let metrics = fixture.registry.metrics.upstreams
            metrics.record(.page, of: "pypi", .answered, seconds: 0.2)
            metrics.record(.page, of: "pypi", .failed(.unreachable), seconds: 90)
            metrics.record(.file, of: "pypi", .unknown, seconds: 0.01)
            metrics.recordBytes(1234, of: "pypi")
            try await fixture.ask { client in
                let answer = try await client.execute(uri: "/metrics", method: .get)
                let samples = try PrometheusParser.samples(of: String(buffer: answer.body))
                let requests = "cellar_upstream_requests_total"
                #expect(samples[#"\#(requests){upstream="pypi",kind="page",outcome="answered"}"#] == 1)
                #expect(samples[#"\#(requests){upstream="pypi",kind="page",outcome="unreachable"}"#] == 1)
                #expect(samples[#"\#(requests){upstream="pypi",kind="file",outcome="unknown"}"#] == 1)
                #expect(samples[#"cellar_upstream_received_bytes_total{upstream="pypi"}"#] == 1234)
                let times = "cellar_upstream_request_duration_seconds"
                #expect(samples[#"\#(times)_bucket{upstream="pypi",le="0.05"}"#] == 1)
                #expect(samples[#"\#(times)_bucket{upstream="pypi",le="60.0"}"#] == 2)
                #expect(samples[#"\#(times)_bucket{upstream="pypi",le="+Inf"}"#] == 3)
                #expect(samples[#"\#(times)_count{upstream="pypi"}"#] == 3)
            }
        }
    }

    @Test("what clients make up is no label")
    func madeUp() async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                for name in ["MADE", "UP"] {
                    let method = try #require(HTTPRequest.Method(name))
                    _ = try await client.execute(uri: "/\(name)/\"\\", method: method)
                }
                let answer = try await client.execute(uri: "/metrics", method: .get)
                let samples = try PrometheusParser.samples(of: String(buffer: answer.body))
                #expect(samples[#"cellar_requests_total{route="other",method="OTHER",status="405"}"#] == 2)
            }
        }
    }

    private static func samples() async throws -> [String: Double] {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let wheel = UploadBody(wheel: try TestWheel.make("alpha"))
                for user in ["alice", nil] {
                    _ = try await client.execute(
                        uri: "/main/", method: .post, headers: .upload(by: user), body: wheel.buffer)
                }
                for path in ["/simple/alpha/", "/simple/alpha/", "/simple/absent/", "/simple/"] {
                    _ = try await client.execute(uri: path, method: .get)
                }
                let answer = try await client.execute(uri: "/metrics", method: .get)
                #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
                return try PrometheusParser.samples(of: String(buffer: answer.body))
            }
        }
    }
}
