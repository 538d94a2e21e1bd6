package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func record(_ downloads: [TaggedDownloads], at moment: Timestamp) async throws {
        guard !downloads.isEmpty else { return }
        let day = moment.dayOfEpoch
        try await driver.write { connection in
            var rowCount = try connection.first(
                "SELECT COUNT(*) FROM tagged_downloads WHERE day = ?1", .integer(day)
            ) { $0.integer(0) }
            for download in downloads {
                let isKept = try connection.add(
                    download, on: day, isNewAllowed: (rowCount ?? 0) < TaggedDownloads.mostOfOneDay)
                if isKept == .asNew { rowCount = (rowCount ?? 0) + 1 }
            }
            try connection.execute(
                "DELETE FROM tagged_downloads WHERE day < ?1", .integer(day - TaggedDownloads.daysKept))
        }
    }

    package func taggedDownloads(_ query: TaggedDownloadsQuery) async throws -> [TaggedDownloads] {
        try await driver.read { connection in
            var conditions: [String] = []
            var values: [SQLValue] = []
            func demand(_ condition: String, _ value: SQLValue?) {
                guard let value else { return }
                values.append(value)
                conditions.append("\(condition) ?\(values.count)")
            }
            demand("day >=", query.since.map { .integer($0.dayOfEpoch) })
            demand("user_name =", query.user.map(SQLValue.text))
            demand("tag =", query.tag.map(SQLValue.text))
            values.append(SQLValue(query.limit))
            var found: [TaggedDownloads] = []
            try connection.run(
                """
                SELECT user_name, tag, index_name, SUM(downloads) FROM tagged_downloads
                \(conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "))
                GROUP BY user_name, tag, index_name ORDER BY 4 DESC, 1, 2, 3 LIMIT ?\(values.count)
                """, values
            ) { found.append(try TaggedDownloads($0)) }
            return found
        }
    }
}

private enum KeptDownloads {
    case inRow, asNew
}

extension SQLConnection {
    /// Adds downloads to their row of a day, or to that of the others if they have none and may make none.
    fileprivate func add(
        _ downloads: TaggedDownloads, on day: Int64, isNewAllowed: Bool
    ) throws -> KeptDownloads {
        let isAdded = try exists(
            """
            UPDATE tagged_downloads SET downloads = downloads + ?5
            WHERE day = ?1 AND user_name = ?2 AND tag = ?3 AND index_name = ?4 RETURNING day
            """,
            .integer(day), .text(downloads.source?.user ?? ""), .text(downloads.source?.tag ?? ""),
            .text(downloads.source?.index.description ?? ""), .integer(downloads.count))
        if isAdded { return .inRow }
        let source = isNewAllowed ? downloads.source : nil
        try execute(
            """
            INSERT INTO tagged_downloads (day, user_name, tag, index_name, downloads) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (day, user_name, tag, index_name)
            DO UPDATE SET downloads = tagged_downloads.downloads + excluded.downloads
            """,
            .integer(day), .text(source?.user ?? ""), .text(source?.tag ?? ""), .text(source?.index.description ?? ""),
            .integer(downloads.count))
        return .asNew
    }
}

extension TaggedDownloads {
    fileprivate init(_ row: any SQLRow) throws {
        guard !row.text(0).isEmpty else {
            self.init(nil, count: row.integer(3))
            return
        }
        self.init(
            Source(user: row.text(0), tag: row.text(1), index: try StoredValue.index(row.text(2))),
            count: row.integer(3))
    }
}

extension Timestamp {
    /// The number of the day in UTC, counted from 1970.
    fileprivate var dayOfEpoch: Int64 { microseconds / 86_400_000_000 }
}
