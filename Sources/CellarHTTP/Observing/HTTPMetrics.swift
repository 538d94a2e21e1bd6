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

    struct Latency {
        var buckets = [Int](repeating: 0, count: HTTPMetrics.latencyBounds.count)
        var count = 0
        var sum = 0.0
    }

    struct State {
        var requests: [RequestKey: Int] = [:]
        var latencies: [String: Latency] = [:]
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
        let bucket = Self.latencyBounds.firstIndex { request.seconds <= $0 }
        state.withLock { state in
            state.requests[key, default: 0] += 1
            if request.isFast { state.fastLaneRequests += 1 }
            state.bytesSent[request.route, default: 0] += request.bytesSent
            state.latencies[request.route, default: Latency()].add(request.seconds, bucket: bucket)
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

extension HTTPMetrics.Latency {
    fileprivate mutating func add(_ seconds: Double, bucket: Int?) {
        if let bucket { buckets[bucket] += 1 }
        count += 1
        sum += seconds
    }
}
