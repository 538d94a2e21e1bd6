package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func rebuild(from contents: RebuildContents, now: Timestamp) async throws {
        try await driver.write { try Rebuild(contents: contents, now: now).run(on: $0) }
    }

    /// All that manifests can make again, as text by natural keys, without ids: equal before and after a rebuild.
    ///
    /// One list of lines a table, sorted. Blobs and replaced addresses are those that count at `now`.
    package func contentSnapshot(now: Timestamp) async throws -> [String: [String]] {
        try await driver.read { connection in
            var tables: [String: [String]] = [:]
            for (table, columns, sql, takesNow) in ContentSnapshot.queries {
                var lines: [String] = []
                try connection.run(sql, takesNow ? [SQLValue(now)] : []) { row in
                    lines.append(ContentSnapshot.line(row, columns: columns))
                }
                tables[table, default: []] += lines.sorted()
            }
            return tables
        }
    }
}

/// The queries of ``SQLDatabase/contentSnapshot(now:)``.
private enum ContentSnapshot {
    static func line(_ row: any SQLRow, columns: Int) -> String {
        (0..<columns).map { row.isNull($0) ? "-" : "'\(row.text($0))'" }.joined(separator: " ")
    }

    static let queries: [(table: String, columns: Int, sql: String, takesNow: Bool)] = [
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
    ]
}
