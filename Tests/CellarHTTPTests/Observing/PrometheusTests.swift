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

    @Test("all families are written in the same order and words, with samples or without")
    func families() async throws {
        try await HTTPFixture.run { fixture in
            let http = HTTPMetrics()
            http.record(Self.answered(.simpleProject, .get, 200, .milliseconds(250), 7))
            http.record(Self.answered(.simpleProject, .get, 200, .seconds(70), 1, isFast: true))
            http.record(Self.answered(.other, .trace, 405, .milliseconds(1), 0))
            http.recordUpload("published", bytes: 12)
            for reason in [LoginRefusal.wrong, .delayed, .wrong] { http.recordRefusedLogin(reason) }
            fixture.registry.metrics.pages.increment(.hit)
            fixture.registry.metrics.upstreamPages.increment(.stale)
            fixture.registry.metrics.files.increment(.miss)
            let upstreams = fixture.registry.metrics.upstreams
            upstreams.record(.size, of: "pypi", .unknown, seconds: 0.5)
            upstreams.record(.page, of: "pypi", .failed(.unreachable), seconds: 90)
            upstreams.recordBytes(34, of: "pypi")
            #expect(PrometheusText.text(of: http.families + fixture.registry.metricFamilies) == Self.allFamilies)
        }
    }

    private static func answered(
        _ kind: RequestKind, _ method: HTTPRequest.Method, _ status: Int, _ duration: Duration, _ bytesSent: Int64,
        isFast: Bool = false
    ) -> AnsweredRequest {
        AnsweredRequest(
            method: method, status: status, bytesSent: bytesSent,
            nanoseconds: TimeAmount(duration).nanoseconds, kind: kind, callerName: nil, peer: "-", isFast: isFast)
    }

    private static let allFamilies = #"""
        # HELP cellar_requests_total Requests answered, by route, method and status.
        # TYPE cellar_requests_total counter
        cellar_requests_total{route="other",method="OTHER",status="405"} 1
        cellar_requests_total{route="simple-project",method="GET",status="200"} 2
        # HELP cellar_request_duration_seconds Time from a request's head to the end of its answer, by route.
        # TYPE cellar_request_duration_seconds histogram
        cellar_request_duration_seconds_bucket{route="other",le="0.001"} 1
        cellar_request_duration_seconds_bucket{route="other",le="0.0025"} 1
        cellar_request_duration_seconds_bucket{route="other",le="0.005"} 1
        cellar_request_duration_seconds_bucket{route="other",le="0.01"} 1
        cellar_request_duration_seconds_bucket{route="other",le="0.025"} 1
        cellar_request_duration_seconds_bucket{route="other",le="0.05"} 1
        cellar_request_duration_seconds_bucket{route="other",le="0.1"} 1
        cellar_request_duration_seconds_bucket{route="other",le="0.25"} 1
        cellar_request_duration_seconds_bucket{route="other",le="0.5"} 1
        cellar_request_duration_seconds_bucket{route="other",le="1.0"} 1
        cellar_request_duration_seconds_bucket{route="other",le="2.5"} 1
        cellar_request_duration_seconds_bucket{route="other",le="5.0"} 1
        cellar_request_duration_seconds_bucket{route="other",le="10.0"} 1
        cellar_request_duration_seconds_bucket{route="other",le="60.0"} 1
        cellar_request_duration_seconds_bucket{route="other",le="+Inf"} 1
        cellar_request_duration_seconds_sum{route="other"} 0.001
        cellar_request_duration_seconds_count{route="other"} 1
        cellar_request_duration_seconds_bucket{route="simple-project",le="0.001"} 0
        cellar_request_duration_seconds_bucket{route="simple-project",le="0.0025"} 0
        cellar_request_duration_seconds_bucket{route="simple-project",le="0.005"} 0
        cellar_request_duration_seconds_bucket{route="simple-project",le="0.01"} 0
        cellar_request_duration_seconds_bucket{route="simple-project",le="0.025"} 0
        cellar_request_duration_seconds_bucket{route="simple-project",le="0.05"} 0
        cellar_request_duration_seconds_bucket{route="simple-project",le="0.1"} 0
        cellar_request_duration_seconds_bucket{route="simple-project",le="0.25"} 1
        cellar_request_duration_seconds_bucket{route="simple-project",le="0.5"} 1
        cellar_request_duration_seconds_bucket{route="simple-project",le="1.0"} 1
        cellar_request_duration_seconds_bucket{route="simple-project",le="2.5"} 1
        cellar_request_duration_seconds_bucket{route="simple-project",le="5.0"} 1
        cellar_request_duration_seconds_bucket{route="simple-project",le="10.0"} 1
        cellar_request_duration_seconds_bucket{route="simple-project",le="60.0"} 1
        cellar_request_duration_seconds_bucket{route="simple-project",le="+Inf"} 2
        cellar_request_duration_seconds_sum{route="simple-project"} 70.25
        cellar_request_duration_seconds_count{route="simple-project"} 2
        # HELP cellar_fast_lane_requests_total Requests answered from memory, before the router.
        # TYPE cellar_fast_lane_requests_total counter
        cellar_fast_lane_requests_total 1
        # HELP cellar_sent_bytes_total Bytes of response bodies sent, by route.
        # TYPE cellar_sent_bytes_total counter
        cellar_sent_bytes_total{route="other"} 0
        cellar_sent_bytes_total{route="simple-project"} 8
        # HELP cellar_received_bytes_total Bytes of uploaded files received.
        # TYPE cellar_received_bytes_total counter
        cellar_received_bytes_total 12
        # HELP cellar_uploads_total Uploads, by how they ended.
        # TYPE cellar_uploads_total counter
        cellar_uploads_total{outcome="published"} 1
        # HELP cellar_refused_logins_total Logins refused: the credentials are wrong, or came too soon after wrong passwords.
        # TYPE cellar_refused_logins_total counter
        cellar_refused_logins_total{reason="wrong"} 2
        cellar_refused_logins_total{reason="delayed"} 1
        # HELP cellar_page_cache_total Requested pages, by whether they were in memory.
        # TYPE cellar_page_cache_total counter
        cellar_page_cache_total{outcome="hit"} 1
        cellar_page_cache_total{outcome="miss"} 0
        # HELP cellar_page_cache_bytes Bytes of the pages in memory.
        # TYPE cellar_page_cache_bytes gauge
        cellar_page_cache_bytes 0
        # HELP cellar_upstream_pages_total Requested pages of upstreams, by where they came from.
        # TYPE cellar_upstream_pages_total counter
        cellar_upstream_pages_total{outcome="hit"} 0
        cellar_upstream_pages_total{outcome="fetched"} 0
        cellar_upstream_pages_total{outcome="unchanged"} 0
        cellar_upstream_pages_total{outcome="stale"} 1
        cellar_upstream_pages_total{outcome="unknown"} 0
        cellar_upstream_pages_total{outcome="failed"} 0
        # HELP cellar_upstream_stale_pages_total Kept pages served because their upstream failed.
        # TYPE cellar_upstream_stale_pages_total counter
        cellar_upstream_stale_pages_total 1
        # HELP cellar_upstream_files_total Requested files of upstreams, by whether they came from here or from the upstream.
        # TYPE cellar_upstream_files_total counter
        cellar_upstream_files_total{outcome="hit"} 0
        cellar_upstream_files_total{outcome="miss"} 1
        # HELP cellar_upstream_fetched_bytes_total Bytes of files received from upstreams.
        # TYPE cellar_upstream_fetched_bytes_total counter
        cellar_upstream_fetched_bytes_total 0
        # HELP cellar_upstream_saved_bytes_total Bytes of upstreams' files served without a request to the upstream.
        # TYPE cellar_upstream_saved_bytes_total counter
        cellar_upstream_saved_bytes_total 0
        # HELP cellar_upstream_digest_mismatches_total Fetched files whose digest was wrong, and of which nothing was kept.
        # TYPE cellar_upstream_digest_mismatches_total counter
        cellar_upstream_digest_mismatches_total 0
        # HELP cellar_upstream_fetches Fetches of files that run or wait for their turn.
        # TYPE cellar_upstream_fetches gauge
        cellar_upstream_fetches 0
        # HELP cellar_upstream_requests_total Requests to upstreams, by kind and how they ended.
        # TYPE cellar_upstream_requests_total counter
        cellar_upstream_requests_total{upstream="pypi",kind="page",outcome="unreachable"} 1
        cellar_upstream_requests_total{upstream="pypi",kind="size",outcome="unknown"} 1
        # HELP cellar_upstream_received_bytes_total Bytes of bodies received from upstreams.
        # TYPE cellar_upstream_received_bytes_total counter
        cellar_upstream_received_bytes_total{upstream="pypi"} 34
        # HELP cellar_upstream_request_duration_seconds Time to the end of an upstream's page, or the head of its file.
        # TYPE cellar_upstream_request_duration_seconds histogram
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="0.05"} 0
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="0.1"} 0
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="0.25"} 0
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="0.5"} 1
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="1.0"} 1
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="2.5"} 1
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="5.0"} 1
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="10.0"} 1
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="30.0"} 1
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="60.0"} 1
        cellar_upstream_request_duration_seconds_bucket{upstream="pypi",le="+Inf"} 2
        cellar_upstream_request_duration_seconds_sum{upstream="pypi"} 90.5
        cellar_upstream_request_duration_seconds_count{upstream="pypi"} 2

        """#

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
