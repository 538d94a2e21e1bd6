import PackagingStandards
import Registry

extension SQLConnection {
    /// Forgets the addresses of the bytes that a file has replaced: with the file they go too.
    func forgetReplaced(by file: FileRow) throws {
        try execute(
            "DELETE FROM replaced WHERE project_id = ?1 AND file_key = ?2", .integer(file.projectID),
            .text(file.fileKey))
    }

    /// Keeps the address of overwritten bytes; the last time they were overwritten holds.
    func keepReplaced(_ replaced: FileManifest.Replaced, fileKey: String, projectID: Int64) throws {
        try execute(
            """
            INSERT INTO replaced (sha256, filename, project_id, file_key, size, metadata_sha256, metadata_size,
                served_until)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (sha256, filename, project_id) DO UPDATE SET served_until = excluded.served_until
            """,
            SQLValue(replaced.sha256), .text(replaced.filename), .integer(projectID), .text(fileKey),
            .integer(replaced.size), SQLValue(replaced.metadataDigest), SQLValue(replaced.metadataSize),
            .integer(replaced.servedUntil))
    }
}
