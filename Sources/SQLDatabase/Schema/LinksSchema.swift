/// The tenth step of the schema: one-time links and requests for accounts. The table `sessions` of the first step, which
/// nothing has ever written, is not used: sessions are access tokens.
enum LinksSchema {
    static let statements = [
        // An invitation has a name or null, a role and group ids with commas; a reset a person and the generation of the
        // password that it ends with. `maker_id` is null for the server's own commands.
        """
        CREATE TABLE one_time_links (
            id {id},
            secret_digest {text} NOT NULL,
            kind {text} NOT NULL,
            user_name {text},
            is_administrator {int} NOT NULL,
            group_ids {text} NOT NULL,
            user_id {int} REFERENCES users (id) ON DELETE CASCADE,
            password_generation {int},
            maker {text} NOT NULL,
            maker_id {int},
            created_at {int} NOT NULL,
            expires_at {int} NOT NULL
        ) {table}
        """,
        "CREATE UNIQUE INDEX one_time_links_by_secret ON one_time_links (secret_digest)",
        "CREATE INDEX one_time_links_by_user ON one_time_links (user_id) WHERE user_id IS NOT NULL",
        """
        CREATE TABLE registrations (
            id {id},
            name {text} NOT NULL,
            folded_name {text} NOT NULL,
            password_hash {text} NOT NULL,
            note {text} NOT NULL,
            address {text},
            network {text} NOT NULL,
            created_at {int} NOT NULL,
            expires_at {int} NOT NULL
        ) {table}
        """,
    ]
}
