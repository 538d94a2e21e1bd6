/// What the configuration says of how the pages of an upstream are kept.
public struct UpstreamSettings: Sendable, Hashable {
    /// The name of its section.
    public var id: String
    /// The least time for which a page is taken as fresh, in seconds.
    public var minFresh: Int64
    /// The longest time for which a page is served while the upstream fails, in seconds.
    public var maxStale: Int64
    /// How long it is remembered that the upstream does not have a project, in seconds.
    public var unknownFor: Int64

    public init(id: String, minFresh: Int64 = 600, maxStale: Int64 = 30 * 24 * 3600, unknownFor: Int64 = 60) {
        self.id = id
        self.minFresh = minFresh
        self.maxStale = maxStale
        self.unknownFor = unknownFor
    }
}

/// Where an index looks for what it does not hold.
public enum UpstreamReference: Sendable, Hashable {
    /// The upstream of this id.
    case remote(String)
    /// Another index of this server.
    case index(IndexName)
}

/// What an index does with projects that it does not hold.
public enum Fallback: String, Sendable, CaseIterable {
    /// Nothing: they do not exist.
    case none
    /// Clients are sent to the upstream's page.
    case redirect
    /// The upstream's files stand under our addresses; the first download keeps them.
    case cache
    /// As `cache`, and for the projects that the index lists, upstream's files stand beside published ones.
    case mirror
}
