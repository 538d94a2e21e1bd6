import PackagingStandards
import Registry

/// The cached files that `cellar cache prune` forgets, as people describe them.
public struct CachePruning: Sendable {
    /// Nil for every index.
    public var index: String?
    public var project: String?
    /// How long they have not been downloaded, such as `90d`.
    public var olderThan: String?
    /// More bytes than this, such as `100MiB`.
    public var largerThan: String?
    /// Whether only to print what would be forgotten.
    public var isDryRun: Bool

    public init(
        index: String?, project: String?, olderThan: String?, largerThan: String?, isDryRun: Bool
    ) {
        self.index = index
        self.project = project
        self.olderThan = olderThan
        self.largerThan = largerThan
        self.isDryRun = isDryRun
    }
}

extension Installation {
    /// Prints the cached files: where they are, their sizes, when they were cached and last downloaded.
    public func listCache(index name: String?, project projectName: String?) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let project = try projectName.map(Self.project)
            let files = try await using { parts in
                try await parts.registry.start()
                return try await parts.registry.pruning.cachedFiles(
                    in: name.map { try Self.index($0, in: parts) }, caller: .localOperator)
            }.filter { file in project.map { $0 == file.project } ?? true }
            for line in Self.lines(of: files) { console.print(line) }
            console.notify(Self.summary(of: files, "cached"))
        }
    }

    /// Forgets cached files; a later request fetches them again.
    public func pruneCache(_ pruning: CachePruning) async throws(CommandFailure) {
        try await CommandFailure.translating {
            var selection = PruneSelection(
                olderThan: try pruning.olderThan.map(Self.age), largerThan: try pruning.largerThan.map(Self.size),
                project: try pruning.project.map(Self.project))
            guard selection != PruneSelection() || pruning.index != nil else {
                throw CommandFailure(
                    .usage,
                    "Say what to prune: --older-than, --larger-than, --project or --index. `cellar cache list` shows all."
                )
            }
            let report = try await using { parts in
                selection.index = try pruning.index.map { try Self.index($0, in: parts) }
                try await parts.registry.start()
                return try await parts.registry.pruning.prune(
                    selection, isDryRun: pruning.isDryRun, caller: .localOperator)
            }
            for line in Self.lines(of: report.files) { console.print(line) }
            console.notify(Self.summary(of: report.files, pruning.isDryRun ? "would be pruned" : "pruned"))
        }
    }

    /// Returns a line for each file: where it is, its size, when it was cached and last downloaded.
    static func lines(of files: [CachedFile]) -> [String] {
        let names = files.map { "\($0.index)/\($0.project)/\($0.filename)" }
        let sizes = files.map { ByteCount($0.size).description }
        let (nameWidth, sizeWidth) = (names.map(\.count).max() ?? 0, sizes.map(\.count).max() ?? 0)
        return files.indices.map { number in
            let file = files[number]
            let used = file.lastDownloadedAt.map { "last downloaded \(day(of: $0))" } ?? "not downloaded since"
            let size = String(repeating: " ", count: sizeWidth - sizes[number].count) + sizes[number]
            return names[number].padding(to: nameWidth + 2) + size + "  cached \(day(of: file.cachedAt)), \(used)"
        }
    }

    /// Returns a sentence that states the number of files and their bytes together.
    static func summary(of files: [CachedFile], _ what: String) -> String {
        let bytes = ByteCount(files.reduce(0) { $0 + $1.size })
        return files.isEmpty
            ? "No files \(what)." : "\(files.count) \(files.count == 1 ? "file" : "files") \(what), \(bytes)."
    }

    /// Returns the day of a moment, in UTC.
    static func day(of moment: Timestamp) -> Substring {
        moment.iso8601.prefix(10)
    }
}
