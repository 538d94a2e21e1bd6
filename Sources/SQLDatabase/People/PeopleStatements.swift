/// The statements that read people and groups.
enum PeopleStatements {
    static let user = """
        SELECT id, name, password_hash, password_generation, is_administrator, created_at, folded_name
        FROM users WHERE folded_name = ?1
        """

    static let declaredGroups = """
        SELECT g.name FROM declared_members d CROSS JOIN groups g
        WHERE d.folded_name = ?1 AND g.id = d.group_id AND g.is_declared = 1
        """

    static let grantedGroups = """
        SELECT g.name FROM memberships m CROSS JOIN groups g
        WHERE m.user_id = ?1 AND g.id = m.group_id AND g.is_declared = 0
        """

    static let administrator = "SELECT id FROM users WHERE is_administrator = 1 LIMIT 1"
}
