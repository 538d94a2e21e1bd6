import GRDB
package import PackagingStandards

/// What a rebuild must make again of a SQLite file's tables, for tests to compare.
package enum ContentSnapshot {
    /// Returns all that manifests can make again, as text by natural keys, without ids: equal before and after a
    /// rebuild.
    ///
    /// One list of lines a table, sorted. Blobs and replaced addresses are those that count at `now`.
    package static func read(path: String, now: Timestamp) async throws -> [String: [String]] {
        let file = try DatabaseQueue(path: path)
        defer { try? file.close() }
        return try await file.read { database in
            var tables: [String: [String]] = [:]
            for (table, columns, sql, takesNow) in queries {
                let arguments: StatementArguments = takesNow ? [now.microseconds] : []
                let rows = try Row.fetchAll(database, sql: sql, arguments: arguments)
                tables[table, default: []] += rows.map { line($0, columns: columns) }.sorted()
            }
            return tables
        }
    }

    private static func line(_ row: Row, columns: Int) -> String {
        (0..<columns).map { column in
            switch (row[column] as DatabaseValue).storage {
            case .null: "-"
            case .int64(let number): "'\(number)'"
            case .double(let number): "'\(number)'"
            case .string(let text): "'\(text)'"
            case .blob(let bytes): "'\(bytes.count) bytes'"
            }
        }.joined(separator: " ")
    }

    private static let queries: [(table: String, columns: Int, sql: String, takesNow: Bool)] = [
        ("indexes", 2, "SELECT name, serial FROM indexes", false),
        (
            "projects", 13,
            """
            SELECT i.name, p.name, p.display_name, p.origin, p.status, p.status_reason, p.summary, p.folded_summary,
                p.latest_version, p.is_closed, p.serial, p.created_at, p.changed_at
            FROM projects p JOIN indexes i ON i.id = p.index_id
            """, false
        ),
        (
            "releases", 6,
            """
            SELECT i.name, p.name, r.version_key, r.canonical_version, r.version, r.created_at
            FROM releases r JOIN projects p ON p.id = r.project_id JOIN indexes i ON i.id = p.index_id
            """, false
        ),
        (
            "files", 28,
            """
            SELECT i.name, p.name, f.filename, f.file_key, f.version_key, f.state, f.package_type, f.version, f.size,
                f.sha256, f.md5, f.blake2b, f.metadata_sha256, f.metadata_size, f.requires_python, f.summary,
                f.uploaded_at, f.uploader, f.uploader_id, f.is_yanked, f.yanked_reason, f.serial, f.changed_by,
                f.changed_at, a.attestations, f.source_upstream, f.source_url, f.advertises_metadata
            FROM files f JOIN projects p ON p.id = f.project_id JOIN indexes i ON i.id = p.index_id
            LEFT JOIN attestations a ON a.project_id = f.project_id AND a.filename = f.filename
            """, false
        ),
        (
            "replaced", 9,
            """
            SELECT i.name, p.name, r.filename, r.sha256, r.file_key, r.size, r.metadata_sha256, r.metadata_size,
                r.served_until
            FROM replaced r JOIN projects p ON p.id = r.project_id JOIN indexes i ON i.id = p.index_id
            WHERE r.served_until > ?1
            """, true
        ),
        (
            "blobs", 3,
            """
            SELECT b.sha256, b.name, b.size FROM blobs b
            WHERE EXISTS (SELECT 1 FROM files f
                    WHERE f.sha256 = b.sha256 AND f.filename = b.name AND f.state = 'published')
                OR EXISTS (SELECT 1 FROM files f
                    WHERE f.metadata_sha256 = b.sha256 AND f.filename || '.metadata' = b.name
                        AND f.state = 'published')
                OR EXISTS (SELECT 1 FROM replaced r
                    WHERE r.sha256 = b.sha256 AND r.filename = b.name AND r.served_until > ?1)
                OR EXISTS (SELECT 1 FROM replaced r
                    WHERE r.metadata_sha256 = b.sha256 AND r.filename || '.metadata' = b.name
                        AND r.served_until > ?1)
            """, true
        ),
        (
            "search_trigrams", 4,
            """
            SELECT i.name, p.name, t.field, t.trigram
            FROM search_trigrams t JOIN projects p ON p.id = t.project_id JOIN indexes i ON i.id = t.index_id
            """, false
        ),
        (
            "search_words", 4,
            """
            SELECT i.name, p.name, w.field, w.word
            FROM search_words w JOIN projects p ON p.id = w.project_id JOIN indexes i ON i.id = w.index_id
            """, false
        ),
        (
            "name_variants", 3,
            """
            SELECT i.name, p.name, v.variant
            FROM name_variants v JOIN projects p ON p.id = v.project_id JOIN indexes i ON i.id = v.index_id
            """, false
        ),
        (
            "project_classifiers", 3,
            """
            SELECT i.name, p.name, c.name FROM project_classifiers k JOIN classifiers c ON c.id = k.classifier_id
            JOIN projects p ON p.id = k.project_id JOIN indexes i ON i.id = p.index_id
            """, false
        ),
        (
            "dependencies", 5,
            """
            SELECT i.name, p.name, d.required_name, d.requirement, d.is_optional
            FROM dependencies d JOIN projects p ON p.id = d.project_id JOIN indexes i ON i.id = p.index_id
            """, false
        ),
    ]
}
