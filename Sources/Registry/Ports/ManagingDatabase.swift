public import PackagingStandards

/// The role of the database in which people change what was published.
public protocol ManagingDatabase: Sendable {
    /// Yanks (or, with `.no`, unyanks) one file or all files of a release. Returns the files it found, none if the
    /// release or file does not exist. It does not find cached files, which are yanked in the upstream.
    func setYanked(_ yanked: Yanked, _ target: FileTarget, by change: ChangeAuthor) async throws -> [String]

    /// Deletes one file or all files of a release: their names are never used again. Returns the files it found.
    ///
    /// Cached files are forgotten, without a tombstone.
    func delete(_ target: FileTarget, by change: ChangeAuthor) async throws -> [String]

    /// Sets a project's status (PEP 792). Returns false if the index does not have the project.
    func setStatus(
        _ status: ProjectStatus, reason: String?, of project: NormalizedName, in index: IndexName,
        by change: ChangeAuthor
    ) async throws -> Bool

    /// Purges every file with a digest, in every index, and leaves the removal of the bytes in the outbox.
    func purge(_ digest: SHA256Digest, by change: ChangeAuthor) async throws -> PurgeOutcome
}

/// One file, all files of a release, or all of a project.
public struct FileTarget: Sendable, Hashable {
    /// Which files are meant.
    public enum Selection: Sendable, Hashable {
        case file(String)
        case release(Version)
        /// All files that are listed.
        case project
    }

    public let index: IndexName
    public let project: NormalizedName
    public let selection: Selection

    public init(index: IndexName, project: NormalizedName, selection: Selection) {
        self.index = index
        self.project = project
        self.selection = selection
    }
}

/// What a purge found.
public struct PurgeOutcome: Sendable, Hashable {
    /// A file that named the digest.
    public struct File: Sendable, Hashable {
        public let index: IndexName
        public let project: NormalizedName
        public let filename: String

        public init(index: IndexName, project: NormalizedName, filename: String) {
            self.index = index
            self.project = project
            self.filename = filename
        }
    }

    public let files: [File]

    public init(files: [File]) {
        self.files = files
    }
}
