/// The eighth step of the schema: trusted publishers, the tokens that were minted for them, and the identities that were
/// traded. The table `publishers` of the first step, which nothing has ever written, is not used any more.
enum PublishersSchema {
    static let statements = [
        // `project_name` is empty for an index as a whole, and with `is_prefix` the beginning of names. `description` is
        // what the jobs must say, as canonical JSON. `declared_owner_id` is the owner that the
        // configuration declares, if any; `owner_id` may be that of the first job.
        """
        CREATE TABLE trusted_publishers (
            id {id},
            index_id {int} NOT NULL REFERENCES indexes (id),
            project_name {text} NOT NULL,
            is_prefix {int} NOT NULL,
            publisher_right {text} NOT NULL,
            issuer {text} NOT NULL,
            kind {text} NOT NULL,
            description {text} NOT NULL,
            owner_id {text},
            is_pending {int} NOT NULL,
            added_by {text} NOT NULL,
            added_at {int} NOT NULL,
            is_declared {int} NOT NULL DEFAULT 0,
            declared_owner_id {text}
        ) {table}
        """,
        """
        CREATE UNIQUE INDEX trusted_publishers_once
        ON trusted_publishers (index_id, is_prefix, project_name, publisher_right, issuer, kind, description)
        """,
        "CREATE INDEX trusted_publishers_by_issuer ON trusted_publishers (issuer, id)",
        // All publishers whose job a token belongs to: it has what they hold.
        """
        CREATE TABLE publisher_tokens (
            token_id {int} NOT NULL REFERENCES access_tokens (id) ON DELETE CASCADE,
            publisher_id {int} NOT NULL REFERENCES trusted_publishers (id) ON DELETE CASCADE,
            PRIMARY KEY (token_id, publisher_id)
        ) {clustered}
        """,
        "CREATE INDEX publisher_tokens_by_publisher ON publisher_tokens (publisher_id)",
        """
        CREATE TABLE traded_identities (
            digest {text} NOT NULL PRIMARY KEY,
            dead_at {int} NOT NULL
        ) {clustered}
        """,
        "CREATE INDEX traded_identities_by_end ON traded_identities (dead_at)",
    ]
}
