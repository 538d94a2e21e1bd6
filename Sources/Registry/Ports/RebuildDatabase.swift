public import PackagingStandards

/// The role of the database that is made again from storage.
public protocol RebuildDatabase: Sendable {
    /// Takes the id of an existing storage, for a database that has just been made from it.
    func adoptInstallationID(_ id: String) async throws

    /// Makes projects, releases, files and serials from manifests, in one transaction.
    ///
    /// What was there is replaced, or, if rows are kept, stays unless a manifest has a higher serial. Leaves people, rights and the audit alone. Serials of indexes become at least the highest seen. From then on a
    /// sweep awaits confirmation.
    ///
    /// - Parameters:
    ///   - contents: What was read from the manifests.
    ///   - keepsRows: Whether files and projects stay that no manifest names.
    ///   - start: The place in the history before the first manifest was read; nil if nothing can have changed since.
    ///   - now: The time.
    /// - Throws: `.conflict` if any process has changed projects or files since, or rebuilt the database: the manifests
    ///   that were read may lack that. Nothing is changed then.
    func rebuild(
        from contents: RebuildContents, keepingRows keepsRows: Bool, since start: ChangeCursor?, now: Timestamp
    ) async throws
}

extension RebuildDatabase {
    /// Makes the tables where nothing can have changed since the manifests were read.
    public func rebuild(
        from contents: RebuildContents, keepingRows keepsRows: Bool = false, now: Timestamp
    ) async throws {
        try await rebuild(from: contents, keepingRows: keepsRows, since: nil, now: now)
    }
}

/// What was read from the manifests: the highest serial of each file and project.
public struct RebuildContents: Sendable {
    public var projects: [ProjectManifest]
    /// The manifest with the highest serial of every file name.
    public var files: [FileManifest]
    /// The manifest of the first published file of every release, by index, project and canonical version.
    public var firstOfReleases: [FileManifest]
    /// Every replaced file that any manifest names.
    public var replaced: [FileManifest]
    /// The exceptions with the highest serial of every project.
    public var exceptions: [ExceptionsManifest]

    public init(
        projects: [ProjectManifest], files: [FileManifest], firstOfReleases: [FileManifest], replaced: [FileManifest],
        exceptions: [ExceptionsManifest] = []
    ) {
        self.projects = projects
        self.files = files
        self.firstOfReleases = firstOfReleases
        self.replaced = replaced
        self.exceptions = exceptions
    }
}
