import HTTPTypes
import Registry
import Synchronization

/// Why a login was refused, as `/metrics` counts it.
enum LoginRefusal: String, CaseIterable, Sendable {
    /// A password or a token is wrong, or the header cannot be read.
    case wrong
    /// Too many passwords were wrong before: this one was not looked at.
    case delayed
}

/// Requests counted by kind, method and status, for `/metrics`.
package final class HTTPMetrics: Sendable {
    /// The upper bounds of the latency histogram's buckets, in seconds.
    static let latencyBounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

    /// A method and a status, and how often they came.
    struct Outcome: Sendable {
        /// `OTHER` for a method that no address knows: clients can make methods up, and labels must stay few.
        let method: HTTPRequest.Method?
        let status: Int
        var count = 0

        var methodName: String { method?.rawValue ?? "OTHER" }
    }

    /// What has been counted of one kind of requests.
    struct Counts: Sendable {
        fileprivate(set) var outcomes: [Outcome] = []
        fileprivate(set) var latencies = Histogram(bounds: HTTPMetrics.latencyBounds)
        fileprivate(set) var bytesSent: Int64 = 0
        /// Those that the fast lane answered.
        fileprivate(set) var fast = 0

        fileprivate mutating func add(_ method: HTTPRequest.Method?, _ status: Int) {
            // There are few, and the first is nearly always the one.
            if let place = outcomes.firstIndex(where: { $0.status == status && $0.method == method }) {
                outcomes[place].count += 1
            } else {
                outcomes.append(Outcome(method: method, status: status, count: 1))
            }
        }
    }

    struct State: Sendable {
        /// By kind, in the order of `RequestKind.allCases`.
        var requests = RequestKind.allCases.map { _ in Counts() }
        /// Requests that the fast lane answered, of all that are counted.
        var fastLaneRequests = 0
        var bytesReceived: Int64 = 0
        var uploads: [String: Int] = [:]
        var refusedLogins: [LoginRefusal: Int] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Counts an answered request. Called on event loops.
    func record(_ request: AnsweredRequest) {
        let method = Self.known.contains(request.method) ? request.method : nil
        let seconds = Double(request.nanoseconds) / 1e9
        state.withLock { state in
            state.requests[request.kind.rawValue].add(method, request.status)
            state.requests[request.kind.rawValue].latencies.add(seconds)
            state.requests[request.kind.rawValue].bytesSent += request.bytesSent
            if request.isFast {
                state.requests[request.kind.rawValue].fast += 1
                state.fastLaneRequests += 1
            }
        }
    }

    private static let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .options]

    /// Counts an upload by how it ended: `published`, `identical`, or the code of an error.
    func recordUpload(_ outcome: String, bytes: Int64) {
        state.withLock { state in
            state.uploads[outcome, default: 0] += 1
            state.bytesReceived += bytes
        }
    }

    /// Counts a login that was refused.
    func recordRefusedLogin(_ reason: LoginRefusal) {
        state.withLock { $0.refusedLogins[reason, default: 0] += 1 }
    }

    /// What has been counted.
    var snapshot: State { state.withLock { $0 } }

    /// What was answered, by kind of request, as the statistics of the server keep it.
    var traffic: [String: Traffic] {
        let counted = snapshot
        var traffic: [String: Traffic] = [:]
        for (kind, counts) in zip(RequestKind.allCases, counted.requests) where !counts.outcomes.isEmpty {
            traffic[kind.name] = Traffic(
                requests: counts.outcomes.reduce(0) { $0 + Int64($1.count) },
                failures: counts.outcomes.reduce(0) { $0 + ($1.status >= 500 ? Int64($1.count) : 0) },
                hits: Int64(counts.fast), bytes: counts.bytesSent)
        }
        return traffic
    }
}

extension HTTPMetrics {
    /// What has been counted, as families.
    var families: [MetricFamily] {
        let counted = snapshot
        var requests = MetricFamily(
            "cellar_requests_total", .counter, "Requests answered, by route, method and status.")
        var latencies = MetricFamily(
            "cellar_request_duration_seconds", .histogram,
            "Time from a request's head to the end of its answer, by route.")
        var sent = MetricFamily("cellar_sent_bytes_total", .counter, "Bytes of response bodies sent, by route.")
        for (kind, counts) in zip(RequestKind.allCases, counted.requests) where !counts.outcomes.isEmpty {
            let route = MetricFamily.Label("route", kind.name)
            for outcome in counts.outcomes.sorted(by: { ($0.methodName, $0.status) < ($1.methodName, $1.status) }) {
                requests.add(
                    outcome.count, route, .init("method", outcome.methodName), .init("status", "\(outcome.status)"))
            }
            latencies.add(counts.latencies, route)
            sent.add(counts.bytesSent, route)
        }
        var uploads = MetricFamily("cellar_uploads_total", .counter, "Uploads, by how they ended.")
        for (outcome, count) in counted.uploads.sorted(by: { $0.key < $1.key }) {
            uploads.add(count, .init("outcome", outcome))
        }
        var refusedLogins = MetricFamily(
            "cellar_refused_logins_total", .counter,
            "Logins refused: the credentials are wrong, or came too soon after wrong passwords.")
        for reason in LoginRefusal.allCases {
            refusedLogins.add(counted.refusedLogins[reason] ?? 0, .init("reason", reason.rawValue))
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
            uploads, refusedLogins,
        ]
    }
}
