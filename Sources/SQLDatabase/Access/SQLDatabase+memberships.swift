package import Registry

extension SQLDatabase {
    package func groups() async throws -> [GroupRecord] {
        try await driver.read { connection in
            let groups = try connection.all("SELECT id, name, is_declared FROM groups ORDER BY name") {
                (id: $0.integer(0), name: $0.text(1), isDeclared: $0.flag(2))
            }
            return try groups.map { group in
                let statement = group.isDeclared ? GroupStatements.declaredMembers : GroupStatements.members
                return GroupRecord(
                    id: group.id, name: group.name, isDeclared: group.isDeclared,
                    members: try connection.all(statement, .integer(group.id)) { $0.text(0) })
            }
        }
    }

    package func addGroup(_ name: String, by change: ChangeAuthor) async throws {
        try await driver.write { connection in
            let isAdded = try connection.exists(
                "INSERT INTO groups (name, is_declared) VALUES (?1, 0) ON CONFLICT DO NOTHING RETURNING id",
                .text(name))
            guard isAdded else { throw RegistryError(.alreadyExists, "There is a group \(name) already.") }
            try connection.bumpAccessEpoch()
            try connection.record(AuditEntry("group.add", subject: name), by: change)
        }
    }

    package func removeGroup(_ name: String, by change: ChangeAuthor) async throws {
        try await driver.write { connection in
            let id = try connection.changeableGroup(named: name)
            try connection.execute("DELETE FROM groups WHERE id = ?1", .integer(id))
            try connection.removeTokens(ofOwner: "group", id)
            try connection.bumpAccessEpoch()
            try connection.record(AuditEntry("group.remove", subject: name), by: change)
        }
    }

    package func addMember(_ user: String, to group: String, by change: ChangeAuthor) async throws -> Bool {
        try await driver.write { connection in
            let (userID, groupID) = try connection.membership(of: user, in: group)
            let isAdded = try connection.exists(
                """
                INSERT INTO memberships (user_id, group_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING RETURNING user_id
                """, .integer(userID), .integer(groupID))
            guard isAdded else { return false }
            try connection.bumpAccessEpoch()
            try connection.record(AuditEntry("group.member.add", subject: group, detail: user), by: change)
            return true
        }
    }

    package func removeMember(_ user: String, from group: String, by change: ChangeAuthor) async throws -> Bool {
        try await driver.write { connection in
            let (userID, groupID) = try connection.membership(of: user, in: group)
            let isRemoved = try connection.exists(
                "DELETE FROM memberships WHERE user_id = ?1 AND group_id = ?2 RETURNING user_id", .integer(userID),
                .integer(groupID))
            guard isRemoved else { return false }
            try connection.bumpAccessEpoch()
            try connection.record(AuditEntry("group.member.remove", subject: group, detail: user), by: change)
            return true
        }
    }
}

extension SQLConnection {
    /// Returns the id of a group that the configuration does not declare.
    fileprivate func changeableGroup(named name: String) throws -> Int64 {
        guard let id = try groupID(named: name) else { throw RegistryError(.notFound, "There is no group \(name).") }
        guard try !exists("SELECT id FROM groups WHERE id = ?1 AND is_declared = 1", .integer(id)) else {
            throw RegistryError(
                .conflict, "The configuration declares the group \(name): change its members there, in [groups].")
        }
        return id
    }

    fileprivate func membership(of user: String, in group: String) throws -> (userID: Int64, groupID: Int64) {
        let groupID = try changeableGroup(named: group)
        guard let userID = try userID(named: user) else {
            throw RegistryError(.notFound, "There is no user \(user).")
        }
        return (userID, groupID)
    }
}

/// The statements that read the members of a group.
enum GroupStatements {
    static let members = """
        SELECT u.name FROM memberships m CROSS JOIN users u WHERE m.group_id = ?1 AND u.id = m.user_id
        ORDER BY u.folded_name
        """

    static let declaredMembers = "SELECT folded_name FROM declared_members WHERE group_id = ?1 ORDER BY folded_name"
}
