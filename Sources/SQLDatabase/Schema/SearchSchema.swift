/// The thirteenth step of the schema: what projects are found by, what they need, and what was answered by day.
///
/// Older programs go on working: a project that they change has another serial than `described_serial`, and is described
/// again.
enum SearchSchema {
    static let statements = [
        // The serial at which the tables below said the same as the core metadata of the project's standing release, and
        // the digest of these; null if there are none that can be read.
        "ALTER TABLE projects ADD COLUMN described_serial {int} NOT NULL DEFAULT 0",
        "ALTER TABLE projects ADD COLUMN described_sha256 {text}",
        "CREATE INDEX projects_undescribed ON projects (id) WHERE described_serial <> serial",
        // Words by which a search finds a project. `field` is 0 for words of its name, 1 for keywords, 2 for words of its
        // summary, 3 for those of authors and maintainers.
        """
        CREATE TABLE search_words (
            index_id {int} NOT NULL,
            field {int} NOT NULL,
            word {text} NOT NULL,
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            PRIMARY KEY (index_id, field, word, project_id)
        ) {clustered}
        """,
        "CREATE INDEX search_words_by_project ON search_words (project_id, word)",
        // A name and all that is left of it without one of its characters, as 63-bit digests: two names that differ by one
        // letter have one in common.
        """
        CREATE TABLE name_variants (
            index_id {int} NOT NULL,
            variant {int} NOT NULL,
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            PRIMARY KEY (index_id, variant, project_id)
        ) {clustered}
        """,
        "CREATE INDEX name_variants_by_project ON name_variants (project_id)",
        // Folded; few, and shared by many projects.
        """
        CREATE TABLE classifiers (
            id {id},
            name {text} NOT NULL
        ) {table}
        """,
        "CREATE UNIQUE INDEX classifiers_by_name ON classifiers (name)",
        """
        CREATE TABLE project_classifiers (
            classifier_id {int} NOT NULL REFERENCES classifiers (id),
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            PRIMARY KEY (classifier_id, project_id)
        ) {clustered}
        """,
        "CREATE INDEX project_classifiers_by_project ON project_classifiers (project_id)",
        // What the standing release requires. `is_optional` is 1 if only an extra needs it.
        """
        CREATE TABLE dependencies (
            required_name {text} NOT NULL,
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            requirement {text} NOT NULL,
            is_optional {int} NOT NULL,
            PRIMARY KEY (required_name, project_id)
        ) {clustered}
        """,
        "CREATE INDEX dependencies_by_project ON dependencies (project_id)",
        // The files that were published last, and the projects.
        """
        CREATE INDEX files_published ON files (uploaded_at, filename)
        WHERE source_upstream IS NULL AND state = 'published'
        """,
        "CREATE INDEX projects_published ON projects (created_at, name) WHERE origin = 'local'",
        // Who published the files of a project.
        "CREATE INDEX audit_of_projects ON audit (index_name, project_name, id) WHERE project_name IS NOT NULL",
        // Days are counted from 1970 in UTC.
        """
        CREATE TABLE daily_traffic (
            day {int} NOT NULL,
            kind {text} NOT NULL,
            requests {int} NOT NULL,
            failures {int} NOT NULL,
            hits {int} NOT NULL,
            bytes {int} NOT NULL,
            PRIMARY KEY (day, kind)
        ) {clustered}
        """,
    ]
}
