package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func dependents(
        of project: NormalizedName, in indexes: [IndexName], after place: DependentPlace?, limit: Int
    ) async throws -> [Dependent] {
        try await driver.read { connection in
            var dependents: [Dependent] = []
            for index in indexes.sorted() where dependents.count < limit {
                if let place, index < place.index { continue }
                let start = place.flatMap { $0.index == index ? $0.project.description : nil } ?? ""
                dependents += try connection.all(
                    FeedStatements.dependents, .text(index.description), SQLValue(project), .text(start),
                    SQLValue(limit - dependents.count)
                ) { row in
                    Dependent(
                        index: index, project: try StoredValue.name(row.text(0)), displayName: row.text(1),
                        version: row.text(2), requirement: row.text(3), isOptional: row.flag(4))
                }
            }
            return dependents
        }
    }

    package func newestReleases(
        in indexes: [IndexName], before place: FeedPlace?, limit: Int
    ) async throws -> [NewRelease] {
        try await driver.read { connection in
            let ids = Set(try indexes.compactMap { try connection.index(named: $0)?.id })
            return try Self.newest(before: place, limit: limit, of: ids) { place, batch in
                try connection.all(
                    FeedStatements.newestReleases, .integer(place.at.microseconds), .text(place.name), SQLValue(batch)
                ) { row in
                    Newest(
                        indexID: row.integer(0), isMeant: row.flag(1),
                        entry: NewRelease(
                            index: try StoredValue.index(row.text(2)), project: try StoredValue.name(row.text(3)),
                            displayName: row.text(4), version: row.text(5), summary: row.optionalText(6),
                            publishedAt: row.timestamp(7), publisher: row.text(8), filename: row.text(9)))
                }
            } place: {
                $0.place
            }
        }
    }

    package func newestProjects(
        in indexes: [IndexName], before place: FeedPlace?, limit: Int
    ) async throws -> [NewProject] {
        try await driver.read { connection in
            let ids = Set(try indexes.compactMap { try connection.index(named: $0)?.id })
            return try Self.newest(before: place, limit: limit, of: ids) { place, batch in
                try connection.all(
                    FeedStatements.newestProjects, .integer(place.at.microseconds), .text(place.name), SQLValue(batch)
                ) { row in
                    Newest(
                        indexID: row.integer(0), isMeant: !row.isNull(5),
                        entry: NewProject(
                            index: try StoredValue.index(row.text(1)), project: try StoredValue.name(row.text(2)),
                            displayName: row.text(3), summary: row.optionalText(4), latestVersion: row.optionalText(5),
                            createdAt: row.timestamp(6)))
                }
            } place: {
                $0.place
            }
        }
    }

    /// A row on the way through a list from new to old.
    private struct Newest<Entry> {
        let indexID: Int64
        /// Whether the row is one of the list, if the index is.
        let isMeant: Bool
        let entry: Entry
    }

    /// How many rows are read at once, and how many in all.
    private static var newestBatch: Int { 200 }
    private static var mostNewest: Int { 10_000 }

    /// Reads from new to old until enough of some indexes is found.
    private static func newest<Entry>(
        before place: FeedPlace?, limit: Int, of indexes: Set<Int64>,
        read: (FeedPlace, Int) throws -> [Newest<Entry>], place placeOf: (Entry) -> FeedPlace
    ) throws -> [Entry] {
        var place = place ?? FeedPlace(at: Timestamp(microseconds: .max), name: "")
        var entries: [Entry] = []
        var seen = 0
        while entries.count < limit, seen < mostNewest, !indexes.isEmpty {
            let rows = try read(place, newestBatch)
            entries += rows.lazy.filter { $0.isMeant && indexes.contains($0.indexID) }.map(\.entry)
            seen += rows.count
            guard rows.count == newestBatch, let last = rows.last else { break }
            place = placeOf(last.entry)
        }
        return Array(entries.prefix(limit))
    }
}

extension SQLDatabase {
    package func publications(
        of project: NormalizedName, in index: IndexName
    ) async throws -> [String: FilePublication] {
        try await driver.read { connection in
            var publications: [String: FilePublication] = [:]
            try connection.run(
                FeedStatements.publications, [.text(index.description), SQLValue(project)]
            ) { row in
                // Newest first: a file that was overwritten was published last by the first one.
                guard publications[row.text(0)] == nil else { return }
                let token = row.optionalInteger(2).map { TokenMark(id: $0, name: row.text(3)) }
                publications[row.text(0)] = FilePublication(
                    actor: row.text(1), token: token, tag: row.optionalText(4))
            }
            return publications
        }
    }

    package func listed(
        _ names: [NormalizedName], in indexes: [IndexName]
    ) async throws -> [NormalizedName: Set<IndexName>] {
        guard !names.isEmpty else { return [:] }
        return try await driver.read { connection in
            var listed: [NormalizedName: Set<IndexName>] = [:]
            var queries: [SQLQuery] = []
            for index in try indexes.compactMap({ try connection.index(named: $0) }) {
                for name in names {
                    queries.append(
                        SQLQuery(FeedStatements.isListed, [.integer(index.id), SQLValue(name)]) { _ in
                            listed[name, default: []].insert(index.name)
                        })
                }
            }
            try connection.runTogether(queries)
            return listed
        }
    }

    package func userName(ofID id: Int64) async throws -> String? {
        try await driver.read { connection in
            try connection.first("SELECT name FROM users WHERE id = ?1", .integer(id)) { $0.text(0) }
        }
    }
}

/// The statements of lists: who requires a project, what is new, who published what.
enum FeedStatements {
    // Of the rows that name the project, those of the index in the order of their names.
    static let dependents = """
        SELECT p.name, p.display_name, p.latest_version, d.requirement, d.is_optional
        FROM indexes i CROSS JOIN dependencies d CROSS JOIN projects p
        WHERE i.name = ?1 AND d.required_name = ?2 AND p.id = d.project_id AND p.index_id = i.id AND p.name > ?3
            AND p.latest_version IS NOT NULL
        ORDER BY p.name LIMIT ?4
        """

    // A release is as old as its first file.
    static let newestReleases = """
        SELECT p.index_id, CASE WHEN r.created_at = f.uploaded_at THEN 1 ELSE 0 END, i.name, p.name, p.display_name,
            r.version, f.summary, f.uploaded_at, f.uploader, f.filename
        FROM (SELECT project_id, version_key, summary, uploaded_at, uploader, filename FROM files
            WHERE source_upstream IS NULL AND state = 'published'
                AND (uploaded_at < ?1 OR (uploaded_at = ?1 AND filename < ?2))
            ORDER BY uploaded_at DESC, filename DESC LIMIT ?3) AS f
        CROSS JOIN projects p CROSS JOIN releases r CROSS JOIN indexes i
        WHERE p.id = f.project_id AND r.project_id = f.project_id AND r.version_key = f.version_key
            AND i.id = p.index_id
        ORDER BY f.uploaded_at DESC, f.filename DESC
        """

    static let newestProjects = """
        SELECT p.index_id, i.name, p.name, p.display_name, p.summary, p.latest_version, p.created_at
        FROM projects p CROSS JOIN indexes i
        WHERE p.origin = 'local' AND (p.created_at < ?1 OR (p.created_at = ?1 AND p.name < ?2)) AND i.id = p.index_id
        ORDER BY p.created_at DESC, p.name DESC LIMIT ?3
        """

    static let publications = """
        SELECT subject, actor, token_id, token_name, tag FROM audit
        WHERE index_name = ?1 AND project_name = ?2 AND action IN ('file.publish', 'file.overwrite')
        ORDER BY id DESC LIMIT 5000
        """

    static let isListed = """
        SELECT p.id FROM projects p
        WHERE p.index_id = ?1 AND p.name = ?2 AND (p.origin = 'local' OR p.latest_version IS NOT NULL)
        """
}
