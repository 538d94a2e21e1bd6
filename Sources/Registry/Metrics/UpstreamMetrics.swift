import Synchronization

/// Counts of requests to upstreams.
public final class UpstreamMetrics: Sendable {
    /// The upper bounds of the histogram's buckets, in seconds.
    public static let bounds: [Double] = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    /// What was requested.
    public enum Kind: String, Sendable, CaseIterable {
        case page
        case file
        case size
        case check
    }

    /// How a request ended.
    public enum Outcome: Sendable, Hashable {
        /// With what was requested.
        case answered
        /// The page is unchanged.
        case unchanged
        /// The upstream does not have the project or the file.
        case unknown
        case failed(UpstreamError.Reason)
        /// The caller did not wait for the answer.
        case cancelled

        /// The value of the label.
        public var label: String {
            switch self {
            case .answered: "answered"
            case .unchanged: "unchanged"
            case .unknown: "unknown"
            case .failed(let reason): reason.rawValue
            case .cancelled: "cancelled"
            }
        }
    }

    /// The requests of one kind to one upstream that ended alike.
    public struct Key: Hashable, Sendable {
        public let upstream: String
        public let kind: Kind
        public let outcome: Outcome
    }

    /// All counts at one moment.
    public struct Snapshot: Sendable {
        public fileprivate(set) var requests: [Key: Int] = [:]
        /// The seconds that requests took, to the end of a page or the head of a file, by upstream.
        public fileprivate(set) var latencies: [String: Histogram] = [:]
        /// Bytes of bodies received, by upstream.
        public fileprivate(set) var bytes: [String: Int64] = [:]
    }

    private let state = Mutex(Snapshot())

    /// Makes counts of zero.
    public init() {}

    /// Counts a request.
    public func record(_ kind: Kind, of upstream: String, _ outcome: Outcome, seconds: Double) {
        let key = Key(upstream: upstream, kind: kind, outcome: outcome)
        state.withLock { state in
            state.requests[key, default: 0] += 1
            state.latencies[upstream, default: Histogram(bounds: Self.bounds)].add(seconds)
        }
    }

    /// Counts bytes of a body.
    public func recordBytes(_ count: Int64, of upstream: String) {
        state.withLock { $0.bytes[upstream, default: 0] += count }
    }

    /// The counts now.
    public var snapshot: Snapshot { state.withLock { $0 } }
}

extension UpstreamMetrics {
    /// The counts as families.
    var families: [MetricFamily] {
        let counted = snapshot
        var requests = MetricFamily(
            "cellar_upstream_requests_total", .counter, "Requests to upstreams, by kind and how they ended.")
        for (key, count) in counted.requests.sorted(by: { $0.key < $1.key }) {
            requests.add(
                count, .init("upstream", key.upstream), .init("kind", key.kind.rawValue),
                .init("outcome", key.outcome.label))
        }
        var bytes = MetricFamily(
            "cellar_upstream_received_bytes_total", .counter, "Bytes of bodies received from upstreams.")
        for (upstream, count) in counted.bytes.sorted(by: { $0.key < $1.key }) {
            bytes.add(count, .init("upstream", upstream))
        }
        var latencies = MetricFamily(
            "cellar_upstream_request_duration_seconds", .histogram,
            "Time to the end of an upstream's page, or the head of its file.")
        for (upstream, latency) in counted.latencies.sorted(by: { $0.key < $1.key }) {
            latencies.add(latency, .init("upstream", upstream))
        }
        return [requests, bytes, latencies]
    }
}

extension UpstreamMetrics.Key: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        (left.upstream, left.kind.rawValue, left.outcome.label)
            < (right.upstream, right.kind.rawValue, right.outcome.label)
    }
}
