/// The statements that read what is known of upstreams: held to the same test of query plans as `ReadingStatements`.
enum UpstreamStatements {
    static let pageState = """
        SELECT etag, last_modified, fetched_at, fresh_until FROM upstream_pages WHERE upstream = ?1 AND project_name = ?2
        """

    static let page = """
        SELECT u.etag, u.last_modified, u.fetched_at, u.fresh_until, b.body
        FROM upstream_pages u CROSS JOIN upstream_page_bodies b
        WHERE u.upstream = ?1 AND u.project_name = ?2 AND b.upstream = ?1 AND b.project_name = ?2
        """

    static let pageBody = """
        SELECT project_name FROM upstream_pages WHERE upstream = ?1 AND project_name = ?2 AND body_sha256 = ?3
        """

    static let pins = """
        SELECT filename, sha256, size, metadata_sha256, metadata_size, first_seen_at, lacks_metadata FROM pins
        WHERE upstream = ?1 AND project_name = ?2
        """

    static let pin = pins + " AND filename = ?3"

    static let ownOrigin = """
        SELECT p.origin FROM indexes i CROSS JOIN projects p WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2
        """

    static let publishedAnywhere = "SELECT id FROM projects WHERE name = ?1 AND origin IN ('local', 'reserved') LIMIT 1"

    // Of several the first by name, so that the answer is always the same; `;` comes after `:`.
    static let keptOrigin = """
        SELECT p.origin FROM projects p
        WHERE p.name = ?1 AND p.origin >= 'upstream:' AND p.origin < 'upstream;'
            AND EXISTS (
                SELECT 1 FROM files f WHERE f.project_id = p.id AND f.source_upstream > '' AND f.state = 'published')
        ORDER BY p.origin LIMIT 1
        """

    static let publishedFiles = """
        SELECT f.filename FROM files f
        WHERE f.project_id = ?1 AND f.source_upstream IS NULL AND f.state = 'published' LIMIT 1
        """

    static let projectsOfName = "SELECT id, index_id FROM projects WHERE name = ?1"

    // `> ''` is every value but null, and leads to the index of cached files, which `IS NOT NULL` does not.
    private static let cachedFile = """
        SELECT i.name, p.name, f.filename, f.version, f.sha256, f.size, f.source_upstream, f.source_url,
            f.uploaded_at, f.last_downloaded_at
        FROM indexes i CROSS JOIN projects p CROSS JOIN files f
        WHERE p.index_id = i.id AND f.project_id = p.id AND f.source_upstream > '' AND f.state = 'published'
        """

    static let cachedFiles =
        cachedFile + " AND i.name = ?1 AND p.latest_version IS NOT NULL ORDER BY p.name, f.filename"

    static let cachedFilesOfProject =
        cachedFile + " AND i.name = ?1 AND p.name = ?2 ORDER BY f.filename"

    static let cachedBytes = """
        SELECT CAST(COALESCE(SUM(f.size), 0) AS BIGINT)
        FROM indexes i CROSS JOIN projects p CROSS JOIN files f
        WHERE i.name = ?1 AND p.index_id = i.id AND p.latest_version IS NOT NULL AND f.project_id = p.id
            AND f.source_upstream > '' AND f.state = 'published'
        """

    static let cachedRows = """
        SELECT \(FileRow.columns) FROM files f
        WHERE f.project_id = ?1 AND f.source_upstream > '' AND f.state = 'published' ORDER BY f.filename
        """

    private static let exception = """
        SELECT e.id, e.project_name, e.canonical_version, e.reason, e.created_by, e.created_at, e.expires_at
        FROM indexes i CROSS JOIN exceptions e WHERE i.name = ?1 AND e.index_id = i.id
        """

    static let exceptions = exception + " ORDER BY e.project_name, e.id"

    static let exceptionsOfProject = exception + " AND e.project_name = ?2 ORDER BY e.id"
}
