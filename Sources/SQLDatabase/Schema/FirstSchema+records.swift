extension FirstSchema {
    static let records = [
        // The last changes of pages that no row of a project shows: of policies, also for projects not known yet.
        """
        CREATE TABLE touched (
            index_id {int} NOT NULL REFERENCES indexes (id),
            project_name {text} NOT NULL,
            serial {int} NOT NULL,
            PRIMARY KEY (index_id, project_name)
        ) {clustered}
        """,
        "CREATE INDEX touched_by_serial ON touched (index_id, serial)",
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
        // `task` is `manifest` (a key and its text), `removal` (a digest and the name it is kept under) or, since the
        // second step, `bytes` (these two, and the bytes). Only removals are claimed.
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
