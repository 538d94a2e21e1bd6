/// The third step of the schema: grants on anything, and who owns a project. The table `grants` of the first step, which
/// nothing has ever written, is not used any more.
enum GrantsSchema {
    static let statements = [
        // No foreign keys: a grant outlives its principal, so that a project of which only a removed person was granted
        // something does not open to others. Ids are never used again. `index_id` is 0 for a grant on the server,
        // `project_name` empty for one on an index or the server, and with `is_prefix` the beginning of names.
        // `principal_kind` is everyone, authenticated, user or group; `principal_id` is 0 for the first two.
        """
        CREATE TABLE access_grants (
            id {id},
            index_id {int} NOT NULL,
            project_name {text} NOT NULL,
            is_prefix {int} NOT NULL,
            principal_kind {text} NOT NULL,
            principal_id {int} NOT NULL,
            access_right {text} NOT NULL,
            granted_by {text} NOT NULL,
            granted_at {int} NOT NULL
        ) {table}
        """,
        """
        CREATE UNIQUE INDEX access_grants_once
        ON access_grants (index_id, is_prefix, project_name, principal_kind, principal_id, access_right)
        """,
        "ALTER TABLE projects ADD COLUMN owner_id {int}",
        "CREATE INDEX projects_owned ON projects (owner_id, index_id) WHERE owner_id IS NOT NULL",
        "CREATE INDEX projects_closed ON projects (index_id, name) WHERE is_closed = 1",
    ]
}
