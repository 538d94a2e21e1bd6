/// The seventh step of the schema: tokens and service accounts. The table `tokens` of the first step, which nothing has ever
/// written, is not used any more.
enum TokensSchema {
    static let statements = [
        """
        CREATE TABLE service_accounts (
            id {id},
            name {text} NOT NULL,
            folded_name {text} NOT NULL,
            created_at {int} NOT NULL
        ) {table}
        """,
        "CREATE UNIQUE INDEX service_accounts_by_name ON service_accounts (folded_name)",
        // `owner_kind` is user, group, service or publisher; `owner_name` is a publisher's, else null. Rights, indexes and
        // projects are lists with commas, null for all. `parent_id` is the token that it was made with; with
        // `password_generation` it ends when its owner, a person, has another password.
        """
        CREATE TABLE access_tokens (
            id {id},
            secret_digest {text} NOT NULL,
            owner_kind {text} NOT NULL,
            owner_id {int} NOT NULL,
            owner_name {text},
            name {text} NOT NULL,
            is_session {int} NOT NULL,
            rights {text},
            index_names {text},
            project_names {text},
            parent_id {int},
            password_generation {int},
            created_by {text} NOT NULL,
            created_at {int} NOT NULL,
            expires_at {int},
            last_used_at {int}
        ) {table}
        """,
        "CREATE UNIQUE INDEX access_tokens_by_secret ON access_tokens (secret_digest)",
        """
        CREATE UNIQUE INDEX access_tokens_by_name ON access_tokens (owner_kind, owner_id, name) WHERE is_session = 0
        """,
        "CREATE INDEX access_tokens_by_owner ON access_tokens (owner_kind, owner_id, is_session)",
        "CREATE INDEX access_tokens_by_parent ON access_tokens (parent_id) WHERE parent_id IS NOT NULL",
        "CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at) WHERE expires_at IS NOT NULL",
        // The token with which a change was made, and what the client sent behind a `+` after the user name.
        "ALTER TABLE audit ADD COLUMN token_id {int}",
        "ALTER TABLE audit ADD COLUMN token_name {text}",
        "ALTER TABLE audit ADD COLUMN tag {text}",
    ]
}
