/// The statements of the reading paths: a test shows each one's query plan and forbids scans of tables.
enum ReadingStatements {
    static let projectNames = """
        SELECT name, serial FROM projects
        WHERE index_id = ?1 AND (origin = 'local' OR latest_version IS NOT NULL) ORDER BY name
        """

    static let deletedFiles = """
        SELECT f.filename FROM indexes i CROSS JOIN projects p CROSS JOIN files f
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2 AND f.project_id = p.id
            AND f.state IN ('deleted', 'purged')
        ORDER BY f.filename
        """

    static let project = """
        SELECT p.id, p.display_name, p.origin, p.status, p.status_reason, p.serial
        FROM indexes i CROSS JOIN projects p
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2
        """

    // Releases in the order of their keys, and of each its files in the order of theirs: nothing is sorted. The join's
    // order is written out, since SQLite takes CROSS JOIN at its word.
    static let projectFiles = """
        SELECT f.filename, f.file_key, f.package_type, r.version, f.size, f.sha256, f.md5, f.blake2b,
            f.metadata_sha256, f.metadata_size, f.requires_python, f.uploaded_at, f.uploader, f.is_yanked,
            f.yanked_reason, f.serial, f.source_upstream, f.source_url, f.advertises_metadata
        FROM releases r CROSS JOIN files f
        WHERE r.project_id = ?1 AND f.project_id = ?1 AND f.version_key = r.version_key AND f.state = 'published'
        ORDER BY r.version_key, f.filename
        """

    // What pages show of a project's files, in the same order. Their releases are read apart: two walks side by side cost
    // less than a search of a release for each file.
    static let listedFiles = """
        SELECT version_key, filename, sha256, size, CASE WHEN advertises_metadata = 1 THEN metadata_sha256 END,
            requires_python, uploaded_at, is_yanked, yanked_reason
        FROM files WHERE project_id = ?1 AND state = 'published' AND source_upstream IS NULL
        ORDER BY version_key, filename
        """

    static let releases = "SELECT version_key, version FROM releases WHERE project_id = ?1 ORDER BY version_key"

    static let currentFile = """
        SELECT p.name, p.status, f.sha256, f.size, CASE WHEN f.advertises_metadata = 1 THEN f.metadata_sha256 END,
            f.metadata_size, f.version, f.package_type, f.uploaded_at, f.source_upstream
        FROM indexes i CROSS JOIN files f CROSS JOIN projects p
        WHERE i.name = ?1 AND f.sha256 = ?2 AND f.filename = ?3 AND f.state = 'published' AND p.id = f.project_id
            AND p.index_id = i.id
        """

    static let currentFileOfProject = """
        SELECT p.name, p.status, f.sha256, f.size, CASE WHEN f.advertises_metadata = 1 THEN f.metadata_sha256 END,
            f.metadata_size, f.version, f.package_type, f.uploaded_at, f.source_upstream
        FROM indexes i CROSS JOIN projects p CROSS JOIN files f
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2 AND f.project_id = p.id AND f.filename = ?3
            AND f.state = 'published'
        """

    // Whether the core metadata of replaced bytes were named is not kept: that of the file in their place counts.
    static let replacedFile = """
        SELECT p.name, p.status, r.sha256, r.size, CASE WHEN f.advertises_metadata = 1 THEN r.metadata_sha256 END,
            r.metadata_size, f.version, f.package_type,
            f.uploaded_at, NULL, r.served_until
        FROM indexes i CROSS JOIN replaced r CROSS JOIN projects p CROSS JOIN files f
        WHERE i.name = ?1 AND r.sha256 = ?2 AND r.filename = ?3 AND r.served_until > ?4 AND p.id = r.project_id
            AND p.index_id = i.id AND f.project_id = r.project_id AND f.file_key = r.file_key
        """

    static let publishProject = """
        SELECT p.id, p.origin, p.status FROM indexes i CROSS JOIN projects p
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2
        """

    static let publishFile = """
        SELECT filename, sha256, state, source_upstream FROM files WHERE project_id = ?1 AND file_key = ?2
        """
}
