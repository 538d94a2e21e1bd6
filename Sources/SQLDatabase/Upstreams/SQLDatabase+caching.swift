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

    package func recordDownloads(_ downloads: [DownloadCount]) async throws {
        guard !downloads.isEmpty else { return }
        try await driver.write { connection in
            for download in downloads { try connection.add(download) }
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

    private static var microsecondsOfDay: Int64 { 86_400_000_000 }

    /// Adds downloads to those of their day, counted from 1970 in UTC.
    fileprivate func add(_ download: DownloadCount) throws {
        guard let index = try index(named: download.index), let project = try project(download.project, in: index),
            download.count > 0
        else { return }
        let day = download.lastAt.microseconds / Self.microsecondsOfDay
        try execute(
            """
            INSERT INTO daily_downloads (day, project_id, filename, downloads) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (day, project_id, filename)
            DO UPDATE SET downloads = daily_downloads.downloads + excluded.downloads
            """, .integer(day), .integer(project.id), .text(download.filename), .integer(download.count))
        try execute(
            """
            UPDATE files SET last_downloaded_at = ?3
            WHERE project_id = ?1 AND filename = ?2 AND source_upstream IS NOT NULL
                AND (last_downloaded_at IS NULL OR last_downloaded_at < ?3)
            """, .integer(project.id), .text(download.filename), SQLValue(download.lastAt))
    }
}
