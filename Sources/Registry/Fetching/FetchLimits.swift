/// What the fetching of upstreams' files is held to.
public struct FetchLimits: Sendable, Hashable {
    /// The most fetches that run at once; others wait for their turn.
    public var maxConcurrent: Int
    /// Bytes of a file that are held in memory where they cannot be spooled.
    public var windowSize: Int
    /// How long a client that holds such a fetch up may read nothing, before it is cut off.
    public var idleTimeout: Duration

    public init(maxConcurrent: Int = 32, windowSize: Int = 4 << 20, idleTimeout: Duration = .seconds(60)) {
        self.maxConcurrent = max(1, maxConcurrent)
        self.windowSize = max(1 << 20, windowSize)
        self.idleTimeout = idleTimeout
    }
}
