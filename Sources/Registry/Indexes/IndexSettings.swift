public import PackagingStandards

/// What the configuration says of one index.
public struct IndexSettings: Sendable {
    /// The index's name.
    public var name: IndexName
    /// Who may do what, where a project has no grants of its own.
    public var access: AccessLists
    /// Whether a file may be replaced at all (the caller needs the right besides).
    public var allowsOverwrite: Bool
    /// Whether web pages of any site may read the index, as far as everyone may (CORS).
    public var isOpenToWebPages: Bool
    /// The most bytes that a distribution file may have.
    public var maxFileSize: Int64
    /// The bounds that archives are held to.
    public var archiveLimits: ArchiveLimits
    /// What is done with projects that the index does not hold.
    public var fallback: Fallback
    /// Where such projects are looked for, in order.
    public var upstreams: [UpstreamReference]
    /// The projects of which upstream's files stand beside published ones (mirror mode).
    public var mirrored: Set<NormalizedName>
    /// The names that no upstream of any index is ever asked for.
    public var privateNames: [NamePattern]
    /// What is let through of upstreams.
    public var policy: IndexPolicy
    /// The most bytes that cached files may take; nil for no bound.
    public var cacheQuota: Int64?

    /// Makes the settings of an index.
    public init(
        name: IndexName,
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
        cacheQuota: Int64? = nil
    ) {
        self.name = name
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
    }
}
