extension FirstSchema {
    static let upstreams = [
        """
        CREATE TABLE upstream_pages (
            upstream {text} NOT NULL,
            project_name {text} NOT NULL,
            etag {text},
            last_serial {int},
            fetched_at {int} NOT NULL,
            fresh_until {int} NOT NULL,
            content_type {text} NOT NULL,
            body {text} NOT NULL,
            PRIMARY KEY (upstream, project_name)
        ) {table}
        """,
        // What an upstream once said of a file, so that it can never become another.
        """
        CREATE TABLE pins (
            id {id},
            index_id {int} NOT NULL REFERENCES indexes (id),
            project_name {text} NOT NULL,
            filename {text} NOT NULL,
            upstream {text} NOT NULL,
            source_url {text} NOT NULL,
            sha256 {text},
            size {int},
            pinned_at {int} NOT NULL
        ) {table}
        """,
        "CREATE UNIQUE INDEX pins_by_file ON pins (index_id, project_name, filename)",
        // Releases that a policy would hold back and somebody lets through.
        """
        CREATE TABLE exceptions (
            id {id},
            index_id {int} NOT NULL REFERENCES indexes (id),
            project_name {text} NOT NULL,
            version_key {text},
            policy {text} NOT NULL,
            reason {text} NOT NULL,
            created_by {text} NOT NULL,
            created_at {int} NOT NULL,
            expires_at {int}
        ) {table}
        """,
        "CREATE INDEX exceptions_by_project ON exceptions (index_id, project_name)",
    ]

    static let records = [
        """
        CREATE TABLE audit (
            id {id},
            happened_at {int} NOT NULL,
            actor {text} NOT NULL,
            actor_id {int},
            action {text} NOT NULL,
            index_name {text},
            project_name {text},
            subject {text},
            detail {text}
        ) {table}
        """,
        // `task` is `manifest` (a key and its text) or `removal` (a digest and the name it is kept under). Only removals
        // are claimed.
        """
        CREATE TABLE outbox (
            id {id},
            task {text} NOT NULL,
            storage_key {text},
            body {text},
            sha256 {text},
            blob_name {text},
            claimed_by {text},
            claimed_until {int}
        ) {table}
        """,
        "CREATE INDEX outbox_by_blob ON outbox (sha256, blob_name)",
        """
        CREATE TABLE daily_downloads (
            day {int} NOT NULL,
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            filename {text} NOT NULL,
            downloads {int} NOT NULL,
            PRIMARY KEY (day, project_id, filename)
        ) {clustered}
        """,
        "CREATE INDEX daily_downloads_by_project ON daily_downloads (project_id, filename, day)",
    ]
}
