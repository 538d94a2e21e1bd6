/// The first schema. Digests are hex text, flags 0 or 1, moments microseconds since 1970 UTC.
enum FirstSchema {
    static let installation = [
        // The ends of removals are numbered: `removals` is the number of the last one, `forgotten_removals` the highest
        // that no blob remembers any more.
        """
        CREATE TABLE installation (
            only_row {int} NOT NULL PRIMARY KEY CHECK (only_row = 1),
            id {text} NOT NULL,
            access_epoch {int} NOT NULL,
            rebuild_epoch {int} NOT NULL,
            sweep_awaits_confirmation {int} NOT NULL,
            removals {int} NOT NULL,
            forgotten_removals {int} NOT NULL
        ) {table}
        """,
        """
        INSERT INTO installation (only_row, id, access_epoch, rebuild_epoch, sweep_awaits_confirmation, removals,
            forgotten_removals)
        VALUES (1, '', 0, 0, 0, 0, 0)
        """,
        """
        CREATE TABLE indexes (
            id {id},
            name {text} NOT NULL,
            serial {int} NOT NULL,
            is_declared {int} NOT NULL
        ) {table}
        """,
        "CREATE UNIQUE INDEX indexes_by_name ON indexes (name)",
    ]

    static let projects = [
        """
        CREATE TABLE projects (
            id {id},
            index_id {int} NOT NULL REFERENCES indexes (id),
            name {text} NOT NULL,
            display_name {text} NOT NULL,
            origin {text} NOT NULL,
            status {text} NOT NULL,
            status_reason {text},
            summary {text},
            folded_summary {text} NOT NULL,
            latest_version {text},
            is_closed {int} NOT NULL,
            serial {int} NOT NULL,
            created_at {int} NOT NULL,
            changed_at {int} NOT NULL
        ) {table}
        """,
        "CREATE UNIQUE INDEX projects_by_name ON projects (index_id, name)",
        // Covers the list of projects with their serials, so that it reads no wide rows. A project from an upstream is
        // listed while it has cached files, and then it has a last version.
        "CREATE INDEX projects_listed ON projects (index_id, name, origin, latest_version, serial)",
        "CREATE INDEX projects_by_serial ON projects (index_id, serial)",
        // Who owns a name, whatever the index.
        "CREATE INDEX projects_by_owner ON projects (name, origin)",
        // `version_key` is the canonical version, written so that the order of its bytes is that of PEP 440.
        """
        CREATE TABLE releases (
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            version_key {text} NOT NULL,
            canonical_version {text} NOT NULL,
            version {text} NOT NULL,
            created_at {int} NOT NULL,
            PRIMARY KEY (project_id, version_key)
        ) {clustered}
        """,
        // In the order of a project's page: its files lie side by side, however many others there are. Source and last
        // download are null for files that were published here. `advertises_metadata` says whether pages name the core
        // metadata.
        """
        CREATE TABLE files (
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            version_key {text} NOT NULL,
            filename {text} NOT NULL,
            file_key {text} NOT NULL,
            state {text} NOT NULL,
            package_type {text} NOT NULL,
            version {text} NOT NULL,
            size {int} NOT NULL,
            sha256 {text} NOT NULL,
            md5 {text} NOT NULL,
            blake2b {text} NOT NULL,
            metadata_sha256 {text},
            metadata_size {int},
            requires_python {text},
            summary {text},
            uploaded_at {int} NOT NULL,
            uploader {text} NOT NULL,
            uploader_id {int},
            is_yanked {int} NOT NULL,
            yanked_reason {text},
            serial {int} NOT NULL,
            changed_by {text} NOT NULL,
            changed_at {int} NOT NULL,
            source_url {text},
            source_upstream {text},
            last_downloaded_at {int},
            advertises_metadata {int} NOT NULL,
            PRIMARY KEY (project_id, version_key, filename)
        ) {clustered}
        """,
        // A file key holds the project's name: unique in its project, it is unique in its index.
        "CREATE UNIQUE INDEX files_by_key ON files (project_id, file_key)",
        "CREATE UNIQUE INDEX files_by_name ON files (project_id, filename)",
        "CREATE INDEX files_by_address ON files (sha256, filename)",
        "CREATE INDEX files_by_metadata ON files (metadata_sha256, filename)",
        // Covers the sum of the cached files' sizes, and holds no published file.
        """
        CREATE INDEX files_cached ON files (project_id, source_upstream, filename, size, state)
        WHERE source_upstream IS NOT NULL AND state = 'published'
        """,
        """
        CREATE TABLE attestations (
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            filename {text} NOT NULL,
            attestations {text} NOT NULL,
            PRIMARY KEY (project_id, filename)
        ) {table}
        """,
        // The addresses of overwritten files, served for a while.
        """
        CREATE TABLE replaced (
            sha256 {text} NOT NULL,
            filename {text} NOT NULL,
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            file_key {text} NOT NULL,
            size {int} NOT NULL,
            metadata_sha256 {text},
            metadata_size {int},
            served_until {int} NOT NULL,
            PRIMARY KEY (sha256, filename, project_id)
        ) {clustered}
        """,
        "CREATE INDEX replaced_by_metadata ON replaced (metadata_sha256, filename)",
        "CREATE INDEX replaced_by_project ON replaced (project_id)",
        // Bytes in storage; the size is null if only a sweep has seen them. `marked_at` begins a sweep's waiting,
        // `taken_at` its removal; one that is taken but not marked any more has been removed. `removed_as` is the number
        // of the removal, and null if the bytes were not removed, or have been named since.
        """
        CREATE TABLE blobs (
            sha256 {text} NOT NULL,
            name {text} NOT NULL,
            size {int},
            marked_at {int},
            taken_at {int},
            removed_as {int},
            PRIMARY KEY (sha256, name)
        ) {clustered}
        """,
        "CREATE INDEX blobs_by_removal ON blobs (taken_at) WHERE taken_at IS NOT NULL",
        // `field` is 0 for the normalized name and 1 for the folded summary.
        """
        CREATE TABLE search_trigrams (
            index_id {int} NOT NULL,
            field {int} NOT NULL,
            trigram {text} NOT NULL,
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            PRIMARY KEY (index_id, field, trigram, project_id)
        ) {clustered}
        """,
        "CREATE INDEX search_trigrams_by_project ON search_trigrams (project_id)",
    ]
}
