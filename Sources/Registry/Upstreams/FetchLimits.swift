/// The bounds of requests to upstreams.
public struct FetchLimits: Sendable, Hashable {
    /// The most files that are fetched at once; others wait for their turn.
    public var maxConcurrent: Int
    /// The most pages that are requested from one upstream at once; others wait for their turn.
    public var maxPages: Int
    /// The most files whose core metadata are fetched at once; others wait for their turn.
    public var maxMetadata: Int
    /// The most that wait for their turn, for each of these.
    public var maxWaiting: Int
    /// The most fetches that go on without a reader, to cache their files.
    public var maxAbandoned: Int
    /// The most bytes still to come in all of those.
    public var maxAbandonedBytes: Int64
    /// Bytes of a file that are held in memory if they cannot be spooled.
    public var windowSize: Int
    /// How long a client that delays such a fetch may read less than 256 KiB before it is disconnected.
    public var idleTimeout: Duration
    /// How long to wait for another server that fetches a file, before it is fetched here, too. Clients wait at least
    /// 15 s for an answer (pip).
    public var patience: Duration

    public init(
        maxConcurrent: Int = 32, maxPages: Int = 24, maxMetadata: Int = 24, maxWaiting: Int = 1000,
        maxAbandoned: Int = 8, maxAbandonedBytes: Int64 = 4 << 30, windowSize: Int = 4 << 20,
        idleTimeout: Duration = .seconds(60), patience: Duration = .seconds(8)
    ) {
        self.maxConcurrent = max(1, maxConcurrent)
        self.maxPages = max(1, maxPages)
        self.maxMetadata = max(1, maxMetadata)
        self.maxWaiting = max(0, maxWaiting)
        self.maxAbandoned = maxAbandoned
        self.maxAbandonedBytes = maxAbandonedBytes
        self.windowSize = max(1 << 20, windowSize)
        self.idleTimeout = idleTimeout
        self.patience = patience
    }
}
