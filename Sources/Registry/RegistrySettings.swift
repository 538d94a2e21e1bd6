/// What the configuration says of the registry as a whole.
public struct RegistrySettings: Sendable {
    /// Every index.
    public var indexes: [IndexSettings]
    /// Every upstream, with how its pages are kept.
    public var upstreams: [UpstreamSettings]
    /// The most bytes that rendered pages and their compressed forms may take.
    public var pageCacheSize: Int
    /// The most bytes that small stored files may take.
    public var fileCacheSize: Int
    /// What the fetching of upstreams' files is held to.
    public var fetchLimits: FetchLimits

    public init(
        indexes: [IndexSettings], upstreams: [UpstreamSettings] = [], pageCacheSize: Int = 64 << 20,
        fileCacheSize: Int = 16 << 20, fetchLimits: FetchLimits = FetchLimits()
    ) {
        self.indexes = indexes
        self.upstreams = upstreams
        self.pageCacheSize = pageCacheSize
        self.fileCacheSize = fileCacheSize
        self.fetchLimits = fetchLimits
    }
}
