/// The second step: what upstreams need. Nothing had used the tables that the first schema made for them.
enum UpstreamSchema {
    static let statements = pages + pins + files + exceptions + touched

    private static let pages = [
        "DROP TABLE upstream_pages",
        """
        CREATE TABLE upstream_pages (
            upstream {text} NOT NULL,
            project_name {text} NOT NULL,
            etag {text},
            last_modified {text},
            fetched_at {int} NOT NULL,
            fresh_until {int} NOT NULL,
            body_sha256 {text} NOT NULL,
            PRIMARY KEY (upstream, project_name)
        ) {clustered}
        """,
        // Bodies may have megabytes: apart, a page that only turns fresh again costs none of them.
        """
        CREATE TABLE upstream_page_bodies (
            upstream {text} NOT NULL,
            project_name {text} NOT NULL,
            body {text} NOT NULL,
            PRIMARY KEY (upstream, project_name)
        ) {table}
        """,
    ]

    // What was first told or learned of an upstream's file, so that it can never become another unnoticed.
    private static let pins = [
        "DROP TABLE pins",
        """
        CREATE TABLE pins (
            upstream {text} NOT NULL,
            project_name {text} NOT NULL,
            filename {text} NOT NULL,
            sha256 {text},
            size {int},
            metadata_sha256 {text},
            metadata_size {int},
            first_seen_at {int} NOT NULL,
            PRIMARY KEY (upstream, project_name, filename)
        ) {clustered}
        """,
        "CREATE INDEX pins_by_metadata ON pins (metadata_sha256, filename) WHERE metadata_sha256 IS NOT NULL",
    ]

    private static let files = [
        // Both are null, and `source_url` with them, for files that were published here.
        "ALTER TABLE files ADD COLUMN source_upstream {text}",
        "ALTER TABLE files ADD COLUMN last_downloaded_at {int}",
        // Covers the sum of the cached files' sizes, and holds no published file.
        """
        CREATE INDEX files_cached ON files (project_id, source_upstream, filename, size, state)
        WHERE source_upstream IS NOT NULL AND state = 'published'
        """,
        // Whose a name is, whatever the index.
        "CREATE INDEX projects_by_owner ON projects (name, origin)",
        // An upstream's project is listed while it has cached files, and then it has a last version.
        "DROP INDEX projects_listed",
        "CREATE INDEX projects_listed ON projects (index_id, name, origin, latest_version)",
    ]

    // Releases and projects that a policy would hold back and somebody lets through.
    private static let exceptions = [
        "DROP TABLE exceptions",
        """
        CREATE TABLE exceptions (
            id {id},
            index_id {int} NOT NULL REFERENCES indexes (id),
            project_name {text} NOT NULL,
            canonical_version {text},
            reason {text} NOT NULL,
            created_by {text} NOT NULL,
            created_at {int} NOT NULL,
            expires_at {int}
        ) {table}
        """,
        "CREATE INDEX exceptions_by_project ON exceptions (index_id, project_name)",
    ]

    // The last changes of pages that no row of a project tells of: of policies, also for projects not known yet.
    private static let touched = [
        """
        CREATE TABLE touched (
            index_id {int} NOT NULL REFERENCES indexes (id),
            project_name {text} NOT NULL,
            serial {int} NOT NULL,
            PRIMARY KEY (index_id, project_name)
        ) {clustered}
        """,
        "CREATE INDEX touched_by_serial ON touched (index_id, serial)",
    ]
}
