import PackagingStandards
import Registry

/// A row of `files` with all its columns, for changes and manifests.
struct FileRow: Sendable {
    /// What stands in the column `state`.
    enum State: String, Sendable {
        case published
        case deleted
        case purged
    }

    var projectID: Int64
    var versionKey: String
    var filename: String
    var fileKey: String
    var state: State
    var packageType: String
    var version: String
    var size: Int64
    var digests: FileDigests
    var metadataDigest: SHA256Digest?
    var metadataSize: Int64?
    var advertisesMetadata: Bool
    var requiresPython: String?
    var summary: String?
    var uploadedAt: Int64
    var uploader: String
    var uploaderID: Int64?
    var isYanked: Bool
    var yankedReason: String?
    var serial: Int64
    var changedBy: String
    var changedAt: Int64
    /// Where a cached file came from; nil for a published one.
    var source: FileSource?

    static let columns = """
        f.project_id, f.version_key, f.filename, f.file_key, f.state, f.package_type, f.version, f.size, f.sha256, \
        f.md5, f.blake2b, f.metadata_sha256, f.metadata_size, f.requires_python, f.summary, f.uploaded_at, \
        f.uploader, f.uploader_id, f.is_yanked, f.yanked_reason, f.serial, f.changed_by, f.changed_at, \
        f.source_upstream, f.source_url, f.advertises_metadata
        """

    /// The names in storage of the file and of its core metadata, with their sizes in bytes.
    var blobs: [(name: BlobName, size: Int64?)] {
        var blobs: [(BlobName, Int64?)] = [(BlobName(digest: digests.sha256, name: filename), size)]
        if let metadataDigest { blobs.append((.metadata(metadataDigest, of: filename), metadataSize)) }
        return blobs
    }
}

extension FileRow {
    init(_ row: any SQLRow) throws {
        guard let state = State(rawValue: row.text(4)) else { throw StoredValue.contradiction("a state", row.text(4)) }
        self.init(
            projectID: row.integer(0), versionKey: row.text(1), filename: row.text(2), fileKey: row.text(3),
            state: state, packageType: row.text(5), version: row.text(6), size: row.integer(7),
            digests: FileDigests(sha256: try row.requiredDigest(8), md5: row.text(9), blake2b256: row.text(10)),
            metadataDigest: try row.optionalDigest(11), metadataSize: row.optionalInteger(12),
            advertisesMetadata: row.flag(25), requiresPython: row.optionalText(13), summary: row.optionalText(14),
            uploadedAt: row.integer(15),
            uploader: row.text(16), uploaderID: row.optionalInteger(17), isYanked: row.flag(18),
            yankedReason: row.optionalText(19), serial: row.integer(20), changedBy: row.text(21),
            changedAt: row.integer(22),
            source: row.source(23))
    }

    init(_ file: NewFile, projectID: Int64, serial: Int64) {
        self.init(
            projectID: projectID, versionKey: VersionKey.text(of: file.version), filename: file.filename,
            fileKey: file.fileKey.description, state: .published, packageType: file.packageType,
            version: file.versionSpelling, size: file.size, digests: file.digests,
            metadataDigest: file.metadataDigest, metadataSize: file.metadataSize,
            advertisesMetadata: file.advertisesMetadata,
            requiresPython: file.requiresPython, summary: file.summary, uploadedAt: file.uploadedAt.microseconds,
            uploader: file.uploader, uploaderID: file.uploaderID, isYanked: false, yankedReason: nil, serial: serial,
            changedBy: file.uploader, changedAt: file.uploadedAt.microseconds, source: nil)
    }
}

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

    /// Replaces the row that has the file's key.
    func replace(_ file: FileRow) throws {
        try perform(
            """
            UPDATE files SET version_key = ?2, filename = ?3, state = ?5, package_type = ?6, version = ?7, size = ?8,
                sha256 = ?9, md5 = ?10, blake2b = ?11, metadata_sha256 = ?12, metadata_size = ?13,
                requires_python = ?14, summary = ?15, uploaded_at = ?16, uploader = ?17, uploader_id = ?18,
                is_yanked = ?19, yanked_reason = ?20, serial = ?21, changed_by = ?22, changed_at = ?23,
                source_upstream = ?24, source_url = ?25, advertises_metadata = ?26
            WHERE project_id = ?1 AND file_key = ?4
            """, file.values)
    }

    /// Returns the file of a key, or nil if the project has none.
    func file(withKey key: String, projectID: Int64) throws -> FileRow? {
        try first(
            "SELECT \(FileRow.columns) FROM files f WHERE f.project_id = ?1 AND f.file_key = ?2",
            .integer(projectID), .text(key)
        ) { try FileRow($0) }
    }

    /// Removes a file's row, without a trace in the database.
    func remove(_ file: FileRow) throws {
        try setAttestations(nil, projectID: file.projectID, filename: file.filename)
        try execute(
            "DELETE FROM files WHERE project_id = ?1 AND filename = ?2", .integer(file.projectID), .text(file.filename))
    }

    /// Adds a release if it is new; its first spelling stays.
    func ensureRelease(_ version: Version, spelling: String, projectID: Int64, at moment: Int64) throws {
        try execute(
            """
            INSERT INTO releases (project_id, version_key, canonical_version, version, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING
            """,
            .integer(projectID), .text(VersionKey.text(of: version)), .text(version.canonical), .text(spelling),
            .integer(moment))
    }

    /// Returns the attestations of a file, or nil if it has none.
    func attestations(of file: FileRow) throws -> String? {
        try first(
            "SELECT attestations FROM attestations WHERE project_id = ?1 AND filename = ?2",
            .integer(file.projectID), .text(file.filename)
        ) { $0.text(0) }
    }

    /// Sets a file's attestations; nil removes them.
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

extension SQLConnection {
    /// Forgets the addresses of the bytes that a file has replaced, which go with the file.
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
