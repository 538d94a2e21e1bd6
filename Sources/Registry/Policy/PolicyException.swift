public import PackagingStandards

/// A release or project that an administrator lets through a policy.
public struct PolicyException: Sendable, Hashable {
    public var id: Int64
    public var index: IndexName
    public var project: NormalizedName
    /// The release, or nil for the whole project.
    public var version: Version?
    public var reason: String
    public var createdBy: String
    public var createdAt: Timestamp
    /// Nil if it does not end.
    public var expiresAt: Timestamp?

    public init(
        id: Int64, index: IndexName, project: NormalizedName, version: Version?, reason: String, createdBy: String,
        createdAt: Timestamp, expiresAt: Timestamp?
    ) {
        self.id = id
        self.index = index
        self.project = project
        self.version = version
        self.reason = reason
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
