public import PackagingStandards

/// The configuration of one index.
public struct IndexSettings: Sendable {
    public var name: IndexName
    /// What the index is for, in a sentence for people; empty if nobody has said it.
    public var purpose: String
    /// Who may do what, if a project has no grants of its own.
    public var access: AccessLists
    /// Whether a file may be replaced at all (the caller also needs the right).
    public var allowsOverwrite: Bool
    /// Whether web pages of any site may read the index, as far as everyone may (CORS).
    public var isOpenToWebPages: Bool
    /// The most bytes that a distribution file may have.
    public var maxFileSize: Int64
    /// The bounds of archives.
    public var archiveLimits: ArchiveLimits
    /// What the index does with projects that it does not hold.
    public var fallback: Fallback
    /// Where the index looks for such projects, in this order.
    public var upstreams: [UpstreamReference]
    /// The projects whose upstream files are listed beside published ones (mirror mode).
    public var mirrored: Set<NormalizedName>
    /// The names that no upstream of any index is ever asked for.
    public var privateNames: [NamePattern]
    /// Which files of upstreams may be listed and downloaded.
    public var policy: IndexPolicy
    /// The most bytes that cached files may take; nil for no bound.
    public var cacheQuota: Int64?
    /// What is asked of the attestations of uploads.
    public var attesting: AttestingRule

    /// Makes the settings of an index.
    public init(
        name: IndexName,
        purpose: String = "",
        access: AccessLists = AccessLists(),
        allowsOverwrite: Bool = false,
        isOpenToWebPages: Bool = false,
        maxFileSize: Int64 = 4 << 30,
        archiveLimits: ArchiveLimits = ArchiveLimits(),
        fallback: Fallback = .none,
        upstreams: [UpstreamReference] = [],
        mirrored: Set<NormalizedName> = [],
        privateNames: [NamePattern] = [],
        policy: IndexPolicy = IndexPolicy(),
        cacheQuota: Int64? = nil,
        attesting: AttestingRule = AttestingRule()
    ) {
        self.name = name
        self.purpose = purpose
        self.access = access
        self.allowsOverwrite = allowsOverwrite
        self.isOpenToWebPages = isOpenToWebPages
        self.maxFileSize = maxFileSize
        self.archiveLimits = archiveLimits
        self.fallback = fallback
        self.upstreams = upstreams
        self.mirrored = mirrored
        self.privateNames = privateNames
        self.policy = policy
        self.cacheQuota = cacheQuota
        self.attesting = attesting
    }
}

extension IndexSettings {
    /// Whether upstreams' files have addresses of this index.
    var asksUpstreams: Bool {
        (fallback == .cache || fallback == .mirror) && !upstreams.isEmpty
    }
}

extension UpstreamReference {
    /// The id in a project's origin; no upstream has the name of an index.
    var id: String {
        switch self {
        case .remote(let id): id
        case .index(let name): name.description
        }
    }
}

/// The configuration of how an upstream's pages are kept.
public struct UpstreamSettings: Sendable, Hashable {
    /// The upstream's name in the configuration.
    public var id: String
    /// The least time for which a page counts as fresh, in seconds.
    public var minFresh: Int64
    /// The longest time for which a page is served while the upstream fails, in seconds.
    public var maxStale: Int64
    /// How long the server remembers that the upstream does not have a project, in seconds.
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
    /// The upstream with this id.
    case remote(String)
    /// Another index of this server.
    case index(IndexName)
}

/// What an index does with projects that it does not hold.
public enum Fallback: String, Sendable, CaseIterable {
    /// Nothing: they do not exist.
    case none
    /// It sends clients to the upstream's page.
    case redirect
    /// It serves the upstream's files under its own addresses; the first download caches them.
    case cache
    /// Like `cache`; for the projects in `mirrored`, upstream files are also listed beside published ones.
    case mirror
}
