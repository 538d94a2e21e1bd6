extension FirstSchema {
    static let people = [
        """
        CREATE TABLE users (
            id {id},
            name {text} NOT NULL,
            folded_name {text} NOT NULL,
            password_hash {text} NOT NULL,
            password_generation {int} NOT NULL,
            is_administrator {int} NOT NULL,
            is_service {int} NOT NULL,
            created_at {int} NOT NULL
        ) {table}
        """,
        "CREATE UNIQUE INDEX users_by_name ON users (folded_name)",
        "CREATE INDEX users_by_rank ON users (is_administrator, id)",
        """
        CREATE TABLE groups (
            id {id},
            name {text} NOT NULL,
            is_declared {int} NOT NULL
        ) {table}
        """,
        "CREATE UNIQUE INDEX groups_by_name ON groups (name)",
        """
        CREATE TABLE memberships (
            user_id {int} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            group_id {int} NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
            PRIMARY KEY (user_id, group_id)
        ) {clustered}
        """,
        "CREATE INDEX memberships_by_group ON memberships (group_id)",
        // The configuration names members before they exist, so these are kept by name.
        """
        CREATE TABLE declared_members (
            folded_name {text} NOT NULL,
            group_id {int} NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
            PRIMARY KEY (folded_name, group_id)
        ) {clustered}
        """,
        "CREATE INDEX declared_members_by_group ON declared_members (group_id)",
        // Exactly one of user, group and `audience` (everyone, authenticated) holds the right.
        """
        CREATE TABLE grants (
            id {id},
            project_id {int} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            user_id {int} REFERENCES users (id) ON DELETE CASCADE,
            group_id {int} REFERENCES groups (id) ON DELETE CASCADE,
            audience {text},
            access_right {text} NOT NULL,
            granted_by {text} NOT NULL,
            granted_at {int} NOT NULL
        ) {table}
        """,
        "CREATE INDEX grants_by_project ON grants (project_id)",
        "CREATE INDEX grants_by_user ON grants (user_id)",
        "CREATE INDEX grants_by_group ON grants (group_id)",
        """
        CREATE TABLE tokens (
            id {id},
            user_id {int} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            name {text} NOT NULL,
            secret_digest {text} NOT NULL,
            scopes {text} NOT NULL,
            created_at {int} NOT NULL,
            expires_at {int},
            last_used_at {int},
            revoked_at {int}
        ) {table}
        """,
        "CREATE UNIQUE INDEX tokens_by_secret ON tokens (secret_digest)",
        "CREATE INDEX tokens_by_user ON tokens (user_id)",
        """
        CREATE TABLE publishers (
            id {id},
            index_id {int} NOT NULL REFERENCES indexes (id),
            project_name {text} NOT NULL,
            issuer {text} NOT NULL,
            claims {text} NOT NULL,
            created_by {text} NOT NULL,
            created_at {int} NOT NULL
        ) {table}
        """,
        "CREATE INDEX publishers_by_project ON publishers (index_id, project_name)",
        """
        CREATE TABLE sessions (
            secret_digest {text} NOT NULL PRIMARY KEY,
            user_id {int} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            created_at {int} NOT NULL,
            expires_at {int} NOT NULL
        ) {table}
        """,
        "CREATE INDEX sessions_by_user ON sessions (user_id)",
        "CREATE INDEX sessions_by_expiry ON sessions (expires_at)",
    ]
}
