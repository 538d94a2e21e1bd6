extension FirstSchema {
    static let upstreams = [
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
        // What was first stated or learned of a file of an upstream, so that it can never become another unnoticed;
        // `lacks_metadata` says that its core metadata were looked for in vain.
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
            lacks_metadata {int} NOT NULL DEFAULT 0,
            PRIMARY KEY (upstream, project_name, filename)
        ) {clustered}
        """,
        "CREATE INDEX pins_by_metadata ON pins (metadata_sha256, filename) WHERE metadata_sha256 IS NOT NULL",
        // Releases and projects that a policy would hold back and that are let through.
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
}
