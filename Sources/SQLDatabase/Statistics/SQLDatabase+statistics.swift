package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func recordDownloads(_ downloads: [DownloadCount]) async throws {
        guard !downloads.isEmpty else { return }
        try await driver.write { connection in
            var projects: [String: ProjectRow?] = [:]
            for download in downloads {
                let key = "\(download.index)/\(download.project)"
                let project: ProjectRow?
                if let known = projects[key] {
                    project = known
                } else {
                    project = try connection.index(named: download.index).flatMap {
                        try connection.project(download.project, in: $0)
                    }
                    projects[key] = .some(project)
                }
                if let project { try connection.add(download, of: project.id) }
            }
        }
    }

    package func downloads(
        of project: NormalizedName, in index: IndexName, since day: UTCDay
    ) async throws -> [DailyDownloads] {
        try await driver.read { connection in
            try connection.all(
                StatisticsStatements.downloadsOfProject, .text(index.description), SQLValue(project),
                .integer(day.number)
            ) { DailyDownloads(day: UTCDay(number: $0.integer(0)), filename: $0.text(1), count: $0.integer(2)) }
        }
    }

    package func lastDownloads(of project: NormalizedName, in index: IndexName) async throws -> [String: Timestamp] {
        try await driver.read { connection in
            let last = try connection.all(
                StatisticsStatements.lastDownloads, .text(index.description), SQLValue(project)
            ) { ($0.text(0), $0.timestamp(1)) }
            return Dictionary(last) { first, _ in first }
        }
    }

    package func mostDownloaded(
        from first: UTCDay, through last: UTCDay, limit: Int
    ) async throws -> [ProjectDownloadCount] {
        try await driver.read { connection in
            try connection.all(
                StatisticsStatements.mostDownloaded, .integer(first.number), .integer(last.number),
                SQLValue(max(0, limit))
            ) { row in
                ProjectDownloadCount(
                    index: try StoredValue.index(row.text(0)), project: try StoredValue.name(row.text(1)),
                    origin: try StoredValue.origin(row.text(2)), count: row.integer(3))
            }
        }
    }

    package func downloadsByDay(since day: UTCDay) async throws -> [UTCDay: Int64] {
        try await driver.read { connection in
            let days = try connection.all(StatisticsStatements.downloadsByDay, .integer(day.number)) {
                (UTCDay(number: $0.integer(0)), $0.integer(1))
            }
            return Dictionary(days) { first, _ in first }
        }
    }

    package func record(_ traffic: [DailyTraffic]) async throws {
        guard !traffic.isEmpty else { return }
        try await driver.write { connection in
            for line in traffic {
                try connection.execute(
                    """
                    INSERT INTO daily_traffic (day, kind, requests, failures, hits, bytes)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                    ON CONFLICT (day, kind) DO UPDATE SET requests = daily_traffic.requests + excluded.requests,
                        failures = daily_traffic.failures + excluded.failures,
                        hits = daily_traffic.hits + excluded.hits, bytes = daily_traffic.bytes + excluded.bytes
                    """,
                    .integer(line.day.number), .text(line.kind), .integer(line.traffic.requests),
                    .integer(line.traffic.failures), .integer(line.traffic.hits), .integer(line.traffic.bytes))
            }
        }
    }

    package func traffic(since day: UTCDay) async throws -> [DailyTraffic] {
        try await driver.read { connection in
            try connection.all(StatisticsStatements.traffic, .integer(day.number)) { row in
                DailyTraffic(
                    day: UTCDay(number: row.integer(0)), kind: row.text(1),
                    traffic: Traffic(
                        requests: row.integer(2), failures: row.integer(3), hits: row.integer(4), bytes: row.integer(5))
                )
            }
        }
    }

    package func forgetStatistics(before day: UTCDay) async throws {
        try await driver.write { connection in
            for table in ["daily_downloads", "daily_traffic"] {
                try connection.execute("DELETE FROM \(table) WHERE day < ?1", .integer(day.number))
            }
        }
    }
}

extension SQLConnection {
    /// Adds downloads to those of their day.
    fileprivate func add(_ download: DownloadCount, of projectID: Int64) throws {
        if download.count > 0 {
            try execute(
                """
                INSERT INTO daily_downloads (day, project_id, filename, downloads) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (day, project_id, filename)
                DO UPDATE SET downloads = daily_downloads.downloads + excluded.downloads
                """, .integer(download.day.number), .integer(projectID), .text(download.filename),
                .integer(download.count))
        }
        try execute(
            """
            UPDATE files SET last_downloaded_at = ?3
            WHERE project_id = ?1 AND filename = ?2 AND (last_downloaded_at IS NULL OR last_downloaded_at < ?3)
            """, .integer(projectID), .text(download.filename), SQLValue(download.lastAt))
    }
}

/// The statements that read statistics.
enum StatisticsStatements {
    static let downloadsOfProject = """
        SELECT d.day, d.filename, d.downloads
        FROM indexes i CROSS JOIN projects p CROSS JOIN daily_downloads d
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2 AND d.project_id = p.id AND d.day >= ?3
        ORDER BY d.day, d.filename
        """

    static let lastDownloads = """
        SELECT f.filename, f.last_downloaded_at FROM indexes i CROSS JOIN projects p CROSS JOIN files f
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2 AND f.project_id = p.id AND f.state = 'published'
            AND f.last_downloaded_at IS NOT NULL
        """

    static let mostDownloaded = """
        SELECT i.name, p.name, p.origin, s.downloads
        FROM (SELECT project_id, CAST(SUM(downloads) AS BIGINT) AS downloads FROM daily_downloads
            WHERE day >= ?1 AND day <= ?2 GROUP BY project_id
            ORDER BY SUM(downloads) DESC, project_id LIMIT ?3) AS s
        CROSS JOIN projects p CROSS JOIN indexes i
        WHERE p.id = s.project_id AND i.id = p.index_id
        ORDER BY s.downloads DESC, i.name, p.name
        """

    static let downloadsByDay = """
        SELECT day, CAST(SUM(downloads) AS BIGINT) FROM daily_downloads WHERE day >= ?1 GROUP BY day ORDER BY day
        """

    static let traffic = """
        SELECT day, kind, requests, failures, hits, bytes FROM daily_traffic WHERE day >= ?1 ORDER BY day, kind
        """
}
