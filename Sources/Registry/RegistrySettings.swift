package import Provenance

/// The configuration of the registry as a whole.
public struct RegistrySettings: Sendable {
    public var indexes: [IndexSettings]
    /// Every upstream, with how its pages are kept.
    public var upstreams: [UpstreamSettings]
    /// The most bytes of rendered pages and their compressed forms in memory.
    public var pageCacheSize: Int
    /// The most bytes of small stored files in memory.
    public var fileCacheSize: Int
    /// The most bytes of a stored file that is kept there: larger ones are read for each download.
    public var smallFileSize: Int
    /// The bounds of fetching files from upstreams.
    public var fetchLimits: FetchLimits
    /// The address of the server as clients know it, without a slash at its end; nil if only requests say it.
    public var baseURL: String?
    /// Whom attestations are verified against; none if they are not verified.
    package var trustRoots: [TrustRoot] = []

    /// The folders whose file systems must not be full.
    public var watchedFolders: [Health.Folder] = []

    public init(
        indexes: [IndexSettings], upstreams: [UpstreamSettings] = [], pageCacheSize: Int = 64 << 20,
        fileCacheSize: Int = 16 << 20, smallFileSize: Int = 64 << 10, fetchLimits: FetchLimits = FetchLimits(),
        baseURL: String? = nil
    ) {
        self.indexes = indexes
        self.upstreams = upstreams
        self.pageCacheSize = pageCacheSize
        self.fileCacheSize = fileCacheSize
        self.smallFileSize = smallFileSize
        self.fetchLimits = fetchLimits
        self.baseURL = baseURL
    }
}
