import Registry
import Synchronization

/// Requests counted by route, method and status, for `/metrics`.
package final class HTTPMetrics: Sendable {
    /// The upper bounds of the latency histogram's buckets, in seconds.
    static let latencyBounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

    /// A request that has been answered.
    struct Request: Sendable {
        let route: String
        let method: String
        let status: Int
        let seconds: Double
        let bytesSent: Int64
        var isFast = false
    }

    struct RequestKey: Hashable, Comparable {
        let route: String
        let method: String
        let status: Int

        static func < (left: RequestKey, right: RequestKey) -> Bool {
            (left.route, left.method, left.status) < (right.route, right.method, right.status)
        }
    }

    struct State {
        var requests: [RequestKey: Int] = [:]
        var latencies: [String: Histogram] = [:]
        var bytesSent: [String: Int64] = [:]
        /// Requests that the fast lane answered, of all that are counted.
        var fastLaneRequests = 0
        var bytesReceived: Int64 = 0
        var uploads: [String: Int] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Counts an answered request.
    func record(_ request: Request) {
        let key = RequestKey(route: request.route, method: request.method, status: request.status)
        state.withLock { state in
            state.requests[key, default: 0] += 1
            if request.isFast { state.fastLaneRequests += 1 }
            state.bytesSent[request.route, default: 0] += request.bytesSent
            state.latencies[request.route, default: Histogram(bounds: Self.latencyBounds)].add(request.seconds)
        }
    }

    /// Counts an upload by how it ended: `published`, `identical`, or the code of an error.
    func recordUpload(_ outcome: String, bytes: Int64) {
        state.withLock { state in
            state.uploads[outcome, default: 0] += 1
            state.bytesReceived += bytes
        }
    }

    /// What has been counted.
    var snapshot: State { state.withLock { $0 } }
}

extension HTTPMetrics {
    /// What has been counted, as families.
    var families: [MetricFamily] {
        let counted = snapshot
        var requests = MetricFamily(
            "cellar_requests_total", .counter, "Requests answered, by route, method and status.")
        for (key, count) in counted.requests.sorted(by: { $0.key < $1.key }) {
            requests.add(
                count, .init("route", key.route), .init("method", key.method), .init("status", String(key.status)))
        }
        var latencies = MetricFamily(
            "cellar_request_duration_seconds", .histogram,
            "Time from a request's head to the end of its answer, by route.")
        for (route, latency) in counted.latencies.sorted(by: { $0.key < $1.key }) {
            latencies.add(latency, .init("route", route))
        }
        var sent = MetricFamily("cellar_sent_bytes_total", .counter, "Bytes of response bodies sent, by route.")
        for (route, bytes) in counted.bytesSent.sorted(by: { $0.key < $1.key }) {
            sent.add(bytes, .init("route", route))
        }
        var uploads = MetricFamily("cellar_uploads_total", .counter, "Uploads, by how they ended.")
        for (outcome, count) in counted.uploads.sorted(by: { $0.key < $1.key }) {
            uploads.add(count, .init("outcome", outcome))
        }
        return [
            requests, latencies,
            MetricFamily(
                "cellar_fast_lane_requests_total", .counter, "Requests answered from memory, before the router.",
                value: counted.fastLaneRequests),
            sent,
            MetricFamily(
                "cellar_received_bytes_total", .counter, "Bytes of uploaded files received.",
                value: counted.bytesReceived),
            uploads,
        ]
    }
}
