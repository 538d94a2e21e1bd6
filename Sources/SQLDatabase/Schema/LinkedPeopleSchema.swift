/// The tenth step of the schema: who people are outside, and people who are shut out.
enum LinkedPeopleSchema {
    static let statements = [
        "ALTER TABLE users ADD COLUMN blocked_at {int}",
        // `confirmed_at` and `trusted_until` are null until the first sign-in; `is_administrator` is null if the provider
        // does not say; `gone_at` is when the provider was found to have the person no more.
        """
        CREATE TABLE person_links (
            id {id},
            user_id {int} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            provider {text} NOT NULL,
            subject {text} NOT NULL,
            linked_at {int} NOT NULL,
            confirmed_at {int},
            trusted_until {int},
            is_administrator {int},
            is_watched {int} NOT NULL,
            gone_at {int}
        ) {table}
        """,
        "CREATE UNIQUE INDEX person_links_by_subject ON person_links (provider, subject)",
        "CREATE UNIQUE INDEX person_links_by_user ON person_links (user_id, provider)",
        "CREATE INDEX person_links_of_administrators ON person_links (user_id) WHERE is_administrator = 1",
        // By name: a group of the name may be added later.
        """
        CREATE TABLE linked_groups (
            link_id {int} NOT NULL REFERENCES person_links (id) ON DELETE CASCADE,
            name {text} NOT NULL,
            PRIMARY KEY (link_id, name)
        ) {clustered}
        """,
    ]
}
