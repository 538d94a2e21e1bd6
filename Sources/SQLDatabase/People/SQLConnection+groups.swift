extension SQLConnection {
    /// Returns the declared groups, with the folded names of their members.
    func declaredGroups() throws -> [String: Set<String>] {
        var groups: [String: Set<String>] = [:]
        for name in try all("SELECT name FROM groups WHERE is_declared = 1", read: { $0.text(0) }) { groups[name] = [] }
        let members = try all(
            "SELECT g.name, d.folded_name FROM declared_members d JOIN groups g ON g.id = d.group_id"
        ) { ($0.text(0), $0.text(1)) }
        for (group, member) in members { groups[group, default: []].insert(member) }
        return groups
    }

    /// Makes some groups, with the folded names of their members, the only declared ones.
    func declareGroups(_ groups: [String: Set<String>]) throws {
        try execute("DELETE FROM declared_members")
        try execute("UPDATE groups SET is_declared = 0 WHERE is_declared = 1")
        for (group, members) in groups.sorted(by: { $0.key < $1.key }) { try declare(group, members: members) }
    }

    private func declare(_ group: String, members: Set<String>) throws {
        let id = try first(
            """
            INSERT INTO groups (name, is_declared) VALUES (?1, 1)
            ON CONFLICT (name) DO UPDATE SET is_declared = 1 RETURNING id
            """, .text(group)
        ) { $0.integer(0) }
        guard let id else { return }
        // Else those who were added would be members again once the configuration declares the group no more.
        try execute("DELETE FROM memberships WHERE group_id = ?1", .integer(id))
        for member in members.sorted() {
            try execute(
                "INSERT INTO declared_members (folded_name, group_id) VALUES (?1, ?2)", .text(member), .integer(id))
        }
    }
}
