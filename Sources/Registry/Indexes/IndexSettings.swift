public import PackagingStandards

/// What the configuration says of one index.
public struct IndexSettings: Sendable {
    /// The index's name.
    public var name: IndexName
    /// Who may do what, where a project has no grants of its own.
    public var access: AccessLists
    /// Whether a file may be replaced at all (the caller needs the right besides).
    public var allowsOverwrite: Bool
    /// The most bytes that a distribution file may have.
    public var maxFileSize: Int64
    /// The bounds that archives are held to.
    public var archiveLimits: ArchiveLimits

    /// Makes the settings of an index.
    public init(
        name: IndexName,
        access: AccessLists = AccessLists(),
        allowsOverwrite: Bool = false,
        maxFileSize: Int64 = 4 << 30,
        archiveLimits: ArchiveLimits = ArchiveLimits()
    ) {
        self.name = name
        self.access = access
        self.allowsOverwrite = allowsOverwrite
        self.maxFileSize = maxFileSize
        self.archiveLimits = archiveLimits
    }
}
