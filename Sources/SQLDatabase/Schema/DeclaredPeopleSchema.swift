/// The sixth step of the schema: people and grants that the configuration declares.
enum DeclaredPeopleSchema {
    static let statements = [
        // The hash as it is declared, which `password_hash` may have renewed since; null for people of the database.
        "ALTER TABLE users ADD COLUMN declared_hash {text}",
        "ALTER TABLE access_grants ADD COLUMN is_declared {int} NOT NULL DEFAULT 0",
        // People who were declared and are no more: not users, but whoever is declared with the same name and the same
        // hash is the same person, and gets the id back.
        """
        CREATE TABLE withdrawn_users (
            id {int} NOT NULL PRIMARY KEY,
            folded_name {text} NOT NULL,
            declared_hash {text} NOT NULL,
            password_generation {int} NOT NULL,
            created_at {int} NOT NULL
        ) {table}
        """,
        "CREATE INDEX withdrawn_users_by_name ON withdrawn_users (folded_name)",
    ]
}
