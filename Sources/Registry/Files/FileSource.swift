/// Where a cached file came from.
public struct FileSource: Sendable, Hashable {
    /// The upstream's id.
    public let upstream: String
    /// The address it was fetched from, without credentials.
    public let url: String

    public init(upstream: String, url: String) {
        self.upstream = upstream
        self.url = url
    }
}
