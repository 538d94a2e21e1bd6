package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func cache(
        _ file: NewFile, from source: FileSource, mayMix: Bool, isMirrored: Bool
    ) async throws -> CacheOutcome {
        let caching = Caching(file: file, source: source, mayMix: mayMix, isMirrored: isMirrored)
        return try await driver.write { try caching.run(on: $0) }
    }

    package func followYanked(
        _ yanked: [String: Yanked], of project: NormalizedName, in index: IndexName, from upstream: String,
        at moment: Timestamp
    ) async throws -> Bool {
        guard !yanked.isEmpty else { return false }
        let following = YankFollowing(
            yanked: yanked, project: project, index: index, upstream: upstream, moment: moment)
        // Nearly always nothing has changed, and that costs no writer.
        guard try await driver.read({ try following.differing($0) }) != nil else { return false }
        return try await driver.write { try following.run(on: $0) }
    }

    package func cachedFiles(in index: IndexName?) async throws -> [CachedFile] {
        try await driver.read { connection in
            let all = try connection.all(IndexStatements.serials) { try StoredValue.index($0.text(1)) }
            return try all.filter { index == nil || $0 == index }.sorted { $0.description < $1.description }
                .flatMap { name in
                    try connection.all(UpstreamStatements.cachedFiles, .text(name.description)) { try CachedFile($0) }
                }
        }
    }

    package func cachedBytes(in index: IndexName) async throws -> Int64 {
        try await driver.read { connection in
            try connection.first(UpstreamStatements.cachedBytes, .text(index.description)) { $0.integer(0) } ?? 0
        }
    }

    package func prune(_ files: [CachedFile], by change: ChangeAuthor) async throws -> Set<BlobName> {
        guard !files.isEmpty else { return [] }
        return try await driver.write { try Pruning(files: files, change: change).run(on: $0) }
    }
}

extension CachedFile {
    fileprivate init(_ row: any SQLRow) throws {
        self.init(
            index: try StoredValue.index(row.text(0)), project: try StoredValue.name(row.text(1)),
            filename: row.text(2), version: row.text(3), sha256: try row.requiredDigest(4), size: row.integer(5),
            source: FileSource(upstream: row.text(6), url: row.text(7)), cachedAt: row.timestamp(8),
            lastDownloadedAt: row.optionalTimestamp(9))
    }
}

extension SQLConnection {
    /// Returns the cached files of a project in an index.
    func cachedFiles(of project: NormalizedName, in index: IndexName) throws -> [CachedFile] {
        try all(UpstreamStatements.cachedFilesOfProject, .text(index.description), SQLValue(project)) {
            try CachedFile($0)
        }
    }

    /// Returns the rows of a project's cached files.
    func cachedRows(of project: ProjectRow) throws -> [FileRow] {
        try all(UpstreamStatements.cachedRows, .integer(project.id)) { try FileRow($0) }
    }
}
