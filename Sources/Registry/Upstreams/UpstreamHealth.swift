/// Says how the upstreams fare.
public struct UpstreamHealth: Sendable {
    /// How an upstream fares.
    public struct Standing: Sendable {
        public let id: String
        /// The indexes that look there.
        public let indexes: [IndexName]
        /// Requests since the start of this server that were answered, and those that failed.
        public let answered: Int
        public let failed: Int
        /// Bytes received since the start of this server.
        public let bytes: Int64
        /// The mean time of a request in seconds; nil without requests.
        public let seconds: Double?
        /// The hosts that are left alone now.
        public let rests: [UpstreamRest]
    }

    let permissions: Permissions
    let indexes: Indexes
    let upstreams: [any Upstream]
    let metrics: UpstreamMetrics

    /// Returns how all upstreams fare, in the order of the configuration; for administrators.
    public func standings(caller: Caller) throws -> [Standing] {
        try permissions.requireAdministrator(caller, to: "look at upstreams")
        let counted = metrics.snapshot
        return upstreams.map { upstream in
            var (answered, failed) = (0, 0)
            for (key, count) in counted.requests where key.upstream == upstream.id {
                switch key.outcome {
                case .answered, .unchanged, .unknown: answered += count
                case .failed: failed += count
                case .cancelled: continue
                }
            }
            return Standing(
                id: upstream.id,
                indexes: indexes.all.filter { $0.upstreams.contains(.remote(upstream.id)) }.map(\.name),
                answered: answered, failed: failed, bytes: counted.bytes[upstream.id] ?? 0,
                seconds: counted.latencies[upstream.id].flatMap { $0.count > 0 ? $0.sum / Double($0.count) : nil },
                rests: upstream.rests)
        }
    }
}
