import HTTPTypes
import Logging
import NIOCore
import Registry
import Synchronization

/// Counts each answered request and, if the configuration says so, logs it.
///
/// The boundary of the router and the fast lane both report here.
struct RequestRecorder: Sendable {
    let metrics: HTTPMetrics
    let accessLog: Bool
    let logger: Logger

    /// An answered request.
    struct Line: Sendable {
        let method: HTTPRequest.Method
        /// The path without its query, which may hold secrets.
        let path: Substring
        let status: Int
        let bytesSent: Int64
        let duration: Duration
        let route: String
        let callerName: String?
        let peer: SocketAddress?
        let userAgent: String?
        /// Whether the fast lane answered.
        var isFast = false
    }

    /// Counts a request and logs it.
    func record(_ line: Line) {
        let (seconds, attoseconds) = line.duration.components
        let time = Double(seconds) + Double(attoseconds) / 1e18
        metrics.record(
            HTTPMetrics.Request(
                route: line.route, method: Self.known(line.method), status: line.status, seconds: time,
                bytesSent: line.bytesSent, isFast: line.isFast))
        guard accessLog, logger.logLevel <= .info else { return }
        logger.info(
            "\(line.method.rawValue) \(printable(LoggedPath.of(line.path))) \(line.status)",
            metadata: [
                "bytes": .stringConvertible(line.bytesSent),
                "ms": .stringConvertible((time * 100_000).rounded() / 100),
                "user": "\(line.callerName ?? "-")",
                "peer": "\(line.peer?.ipAddress ?? "-")",
                "agent": "\(printable((line.userAgent ?? "-")[...]))",
            ])
    }

    /// Returns a client's text for one line of a log: printable ASCII, 300 characters at most.
    private func printable(_ text: Substring) -> String {
        let bytes = text.utf8
        if bytes.count <= 300, bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(text) }
        var shown = ""
        for scalar in text.unicodeScalars.prefix(300) {
            shown.unicodeScalars.append((0x20..<0x7F).contains(scalar.value) ? scalar : "?")
        }
        return shown
    }

    /// Returns the method's name, or `OTHER`: clients can invent methods, and labels must stay few.
    private static func known(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .delete, .patch, .options: method.rawValue
        default: "OTHER"
        }
    }
}

/// Counts requests by route, method and status, for `/metrics`.
package final class HTTPMetrics: Sendable {
    /// The upper bounds of the latency histogram's buckets, in seconds.
    static let latencyBounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

    /// An answered request.
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
        /// Requests that the fast lane answered.
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

    /// The counts so far.
    var snapshot: State { state.withLock { $0 } }

    /// The counts so far, as families.
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

/// Paths of requests, as a log may show them.
enum LoggedPath {
    /// Returns the path without a secret: the one-time token of the setup link.
    ///
    /// Several slashes count as one, as in the router.
    static func of(_ path: Substring) -> Substring {
        let segments = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        guard segments.count > 2, segments[0] == "-", segments[1] == "setup" else { return path }
        return "/-/setup/(hidden)"
    }
}
