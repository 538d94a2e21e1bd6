public import PackagingStandards

/// What a pruning of cached files forgot, or would forget.
public struct PruneReport: Sendable, Hashable {
    /// In the order in which they are forgotten.
    public var files: [CachedFile] = []

    /// Bytes of these files together.
    public var bytes: Int64 { files.reduce(0) { $0 + $1.size } }
}

/// A selection of cached files: those that fulfil every condition.
public struct PruneSelection: Sendable, Hashable {
    /// Not downloaded for longer than this, in microseconds, or cached longer ago and never downloaded.
    public var olderThan: Int64?
    /// More bytes than this.
    public var largerThan: Int64?
    public var project: NormalizedName?
    /// Nil for every index.
    public var index: IndexName?

    public init(
        olderThan: Int64? = nil, largerThan: Int64? = nil, project: NormalizedName? = nil, index: IndexName? = nil
    ) {
        self.olderThan = olderThan
        self.largerThan = largerThan
        self.project = project
        self.index = index
    }

    func includes(_ file: CachedFile, now: Timestamp) -> Bool {
        if let olderThan, file.lastUsedAt > now.adding(microseconds: -olderThan) { return false }
        if let largerThan, file.size <= largerThan { return false }
        return project.map { $0 == file.project } ?? true
    }
}

/// Forgets cached files.
public struct Pruning: Sendable {
    let indexes: Indexes
    let permissions: Permissions
    let database: any CachingDatabase
    let fetches: FileFetches
    let downloads: DownloadCounting
    let invalidation: Invalidation
    let outbox: Outbox
    let removal: BlobRemoval
    let clock: WallClock

    /// Returns the cached files of an index, or of all; for administrators.
    public func cachedFiles(in index: IndexName?, caller: Caller) async throws -> [CachedFile] {
        try permissions.requireAdministrator(caller, to: "list cached files")
        if let index { _ = try indexes.settings(of: index) }
        return try await database.cachedFiles(in: index)
    }

    /// Forgets cached files: a later request fetches them again; for administrators.
    ///
    /// - Parameters:
    ///   - selection: Which files.
    ///   - isDryRun: Whether only to report what would be forgotten.
    ///   - caller: Who asks for it.
    /// - Returns: The files, oldest use first.
    /// - Throws: `.forbidden`, `.notFound` if there is no such index, and what database and storage throw.
    public func prune(
        _ selection: PruneSelection, isDryRun: Bool = false, caller: Caller
    ) async throws -> PruneReport {
        try permissions.requireAdministrator(caller, to: "prune cached files")
        if let index = selection.index { _ = try indexes.settings(of: index) }
        try await downloads.flush()
        let now = clock.now()
        let found = try await database.cachedFiles(in: selection.index)
            .filter { selection.includes($0, now: now) && !isBeingFetched($0) }
            .sorted { $0.lastUsedAt < $1.lastUsedAt }
        if !isDryRun { try await forget(found, by: ChangeAuthor(caller, at: clock.now())) }
        return PruneReport(files: found)
    }

    /// Forgets the cached files of each index that were not downloaded for longest, until it fits its quota.
    @discardableResult
    public func pruneToQuotas() async throws -> PruneReport {
        var report = PruneReport()
        for settings in indexes.all {
            guard let quota = settings.cacheQuota else { continue }
            var excess = try await database.cachedBytes(in: settings.name) - quota
            guard excess > 0 else { continue }
            try await downloads.flush()
            var chosen: [CachedFile] = []
            for file in try await database.cachedFiles(in: settings.name).sorted(by: { $0.lastUsedAt < $1.lastUsedAt })
            where excess > 0 && !isBeingFetched(file) {
                chosen.append(file)
                excess -= file.size
            }
            try await forget(chosen, by: ChangeAuthor(name: "quota", userID: nil, at: clock.now()))
            report.files += chosen
        }
        return report
    }

    private func isBeingFetched(_ file: CachedFile) -> Bool {
        fetches.running(HeldFileKey(index: file.index, project: file.project, filename: file.filename)) != nil
    }

    /// Forgets cached files, and removes the bytes that nothing names any more.
    func forget(_ chosen: [CachedFile], by author: ChangeAuthor) async throws {
        guard !chosen.isEmpty else { return }
        let freed = try await database.prune(chosen, by: author)
        for project in Set(chosen.map(\.project)) { invalidation.filesChanged(of: project) }
        try await outbox.flush()
        try await removal.removeFreed(freed)
    }
}

extension CachedFile {
    /// When the file was last downloaded, or cached if nobody has downloaded it.
    var lastUsedAt: Timestamp { max(lastDownloadedAt ?? cachedAt, cachedAt) }
}
