import Synchronization

/// Requests to upstreams, counted.
public final class UpstreamMetrics: Sendable {
    /// The upper bounds of the histogram's buckets, in seconds.
    public static let bounds: [Double] = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    /// What was asked for.
    public enum Kind: String, Sendable, CaseIterable {
        case page
        case file
        case size
        case check
    }

    /// How a request ended.
    public enum Outcome: Sendable, Hashable {
        /// With what was asked for.
        case answered
        /// A page still holds.
        case unchanged
        /// The upstream does not have the project or the file.
        case unknown
        case failed(UpstreamError.Reason)
        /// Who asked did not wait for the answer.
        case cancelled

        /// Its name among the labels.
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

    /// How long requests took: to the end of a page, to the head of a file.
    public struct Latency: Sendable, Hashable {
        /// Requests by bucket, each counted in the smallest that it fits; those beyond the last bound in none.
        public internal(set) var buckets = [Int](repeating: 0, count: UpstreamMetrics.bounds.count)
        public internal(set) var count = 0
        /// Seconds.
        public internal(set) var sum = 0.0
    }

    /// All that was counted so far.
    public struct Snapshot: Sendable {
        public fileprivate(set) var requests: [Key: Int] = [:]
        /// By upstream.
        public fileprivate(set) var latencies: [String: Latency] = [:]
        /// Bytes of bodies received, by upstream.
        public fileprivate(set) var bytes: [String: Int64] = [:]
    }

    private let state = Mutex(Snapshot())

    /// Makes counts of zero.
    public init() {}

    /// Counts a request.
    public func record(_ kind: Kind, of upstream: String, _ outcome: Outcome, seconds: Double) {
        let key = Key(upstream: upstream, kind: kind, outcome: outcome)
        let bucket = Self.bounds.firstIndex { seconds <= $0 }
        state.withLock { state in
            state.requests[key, default: 0] += 1
            state.latencies[upstream, default: Latency()].add(seconds, bucket: bucket)
        }
    }

    /// Counts bytes of a body.
    public func recordBytes(_ count: Int64, of upstream: String) {
        state.withLock { $0.bytes[upstream, default: 0] += count }
    }

    /// What has been counted.
    public var snapshot: Snapshot { state.withLock { $0 } }
}

extension UpstreamMetrics.Latency {
    fileprivate mutating func add(_ seconds: Double, bucket: Int?) {
        if let bucket { buckets[bucket] += 1 }
        count += 1
        sum += seconds
    }
}
