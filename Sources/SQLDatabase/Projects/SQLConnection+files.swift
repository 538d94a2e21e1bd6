import PackagingStandards
import Registry

extension SQLConnection {
    /// Adds a file's row. Returns false if its key is taken.
    func insert(_ file: FileRow) throws -> Bool {
        var inserted = false
        try run(
            """
            INSERT INTO files (project_id, version_key, filename, file_key, state, package_type, version, size, sha256,
                md5, blake2b, metadata_sha256, metadata_size, requires_python, summary, uploaded_at, uploader,
                uploader_id, is_yanked, yanked_reason, serial, changed_by, changed_at,
                source_upstream, source_url, advertises_metadata)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                ?22, ?23, ?24, ?25, ?26)
            ON CONFLICT DO NOTHING RETURNING filename
            """, file.values
        ) { _ in inserted = true }
        return inserted
    }

    /// Writes a file's row in the place of the one that has its key.
    func replace(_ file: FileRow) throws {
        try run(
            """
            UPDATE files SET version_key = ?2, filename = ?3, state = ?5, package_type = ?6, version = ?7, size = ?8,
                sha256 = ?9, md5 = ?10, blake2b = ?11, metadata_sha256 = ?12, metadata_size = ?13,
                requires_python = ?14, summary = ?15, uploaded_at = ?16, uploader = ?17, uploader_id = ?18,
                is_yanked = ?19, yanked_reason = ?20, serial = ?21, changed_by = ?22, changed_at = ?23,
                source_upstream = ?24, source_url = ?25, advertises_metadata = ?26
            WHERE project_id = ?1 AND file_key = ?4
            """, file.values
        ) { _ in }
    }

    /// Returns the file of a key, or nil if the project has none.
    func file(withKey key: String, projectID: Int64) throws -> FileRow? {
        try first(
            "SELECT \(FileRow.columns) FROM files f WHERE f.project_id = ?1 AND f.file_key = ?2",
            .integer(projectID), .text(key)
        ) { try FileRow($0) }
    }

    /// Takes a file's row away, without a trace in the database.
    func remove(_ file: FileRow) throws {
        try setAttestations(nil, projectID: file.projectID, filename: file.filename)
        try execute(
            "DELETE FROM files WHERE project_id = ?1 AND filename = ?2", .integer(file.projectID), .text(file.filename))
    }

    /// Makes the release known if it is new; its first spelling stays.
    func ensureRelease(_ version: Version, spelling: String, projectID: Int64, at moment: Int64) throws {
        try execute(
            """
            INSERT INTO releases (project_id, version_key, canonical_version, version, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING
            """,
            .integer(projectID), .text(VersionKey.text(of: version)), .text(version.canonical), .text(spelling),
            .integer(moment))
    }

    /// Returns the attestations kept with a file.
    func attestations(of file: FileRow) throws -> String? {
        try first(
            "SELECT attestations FROM attestations WHERE project_id = ?1 AND filename = ?2",
            .integer(file.projectID), .text(file.filename)
        ) { $0.text(0) }
    }

    /// Keeps a file's attestations, or none.
    func setAttestations(_ attestations: String?, projectID: Int64, filename: String) throws {
        guard let attestations else {
            return try execute(
                "DELETE FROM attestations WHERE project_id = ?1 AND filename = ?2", .integer(projectID), .text(filename)
            )
        }
        try execute(
            """
            INSERT INTO attestations (project_id, filename, attestations) VALUES (?1, ?2, ?3)
            ON CONFLICT (project_id, filename) DO UPDATE SET attestations = excluded.attestations
            """, .integer(projectID), .text(filename), .text(attestations))
    }
}

extension FileRow {
    fileprivate var values: [SQLValue] {
        [
            .integer(projectID), .text(versionKey), .text(filename), .text(fileKey), .text(state.rawValue),
            .text(packageType), .text(version), .integer(size), SQLValue(digests.sha256), .text(digests.md5),
            .text(digests.blake2b256), SQLValue(metadataDigest), SQLValue(metadataSize), SQLValue(requiresPython),
            SQLValue(summary), .integer(uploadedAt), .text(uploader), SQLValue(uploaderID), SQLValue(isYanked),
            SQLValue(yankedReason), .integer(serial), .text(changedBy), .integer(changedAt),
            SQLValue(source?.upstream), SQLValue(source?.url), SQLValue(advertisesMetadata),
        ]
    }
}
