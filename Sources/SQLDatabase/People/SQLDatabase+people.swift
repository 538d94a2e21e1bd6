import PackagingStandards
package import Registry

extension SQLDatabase {
    package func user(named name: String) async throws -> UserRecord? {
        // No stored name holds a NUL; a client may send one.
        guard !name.utf8.contains(0) else { return nil }
        return try await driver.read { try $0.user(named: name) }
    }

    package func users() async throws -> [UserRecord] {
        try await driver.read { connection in
            let names = try connection.all("SELECT folded_name FROM users ORDER BY folded_name") { $0.text(0) }
            return try names.compactMap { try connection.user(named: $0) }
        }
    }

    package func hasAdministrator() async throws -> Bool {
        try await driver.read { try $0.exists(PeopleStatements.administrator) }
    }

    package func addUser(
        _ name: String, passwordHash: String, isAdministrator: Bool, by change: ChangeAuthor
    ) async throws {
        try await driver.write { connection in
            try connection.insertUser(name, passwordHash, isAdministrator: isAdministrator, by: change)
        }
    }

    package func addFirstAdministrator(
        _ name: String, passwordHash: String, by change: ChangeAuthor
    ) async throws -> Bool {
        try await driver.write { connection in
            guard try !connection.exists(PeopleStatements.administrator) else { return false }
            // Locks the installation's row: of two calls at once, the second finds the administrator of the first.
            try connection.bumpAccessEpoch()
            guard try !connection.exists(PeopleStatements.administrator) else { return false }
            try connection.insertUser(name, passwordHash, isAdministrator: true, by: change)
            return true
        }
    }

    package func setPasswordHash(_ hash: String, ofUser name: String, by change: ChangeAuthor) async throws {
        try await driver.write { connection in
            let user = try connection.changeableUser(named: name)
            try connection.execute(
                """
                UPDATE users SET password_hash = ?2, password_generation = password_generation + 1
                WHERE id = ?1
                """, .integer(user.id), .text(hash))
            try connection.bumpAccessEpoch()
            try connection.record(AuditEntry("user.password", subject: user.name), by: change)
        }
    }

    package func setAdministrator(
        _ isAdministrator: Bool, ofUser name: String, by change: ChangeAuthor
    ) async throws -> Bool {
        try await driver.write { connection in
            // Locks the installation's row: of two administrators who end each other's role at once, one stays.
            try connection.lockAccess()
            let user = try connection.changeableUser(named: name)
            guard user.isAdministrator != isAdministrator else { return false }
            if !isAdministrator { try connection.requireAnotherAdministrator(than: user) }
            try connection.execute(
                "UPDATE users SET is_administrator = ?2 WHERE id = ?1", .integer(user.id), SQLValue(isAdministrator))
            try connection.bumpAccessEpoch()
            try connection.record(
                AuditEntry("user.admin", subject: user.name, detail: isAdministrator ? "administrator" : "user"),
                by: change)
            return true
        }
    }

    package func renewPasswordHash(_ hash: String, replacing old: String, ofUserID id: Int64) async throws {
        try await driver.write { connection in
            try connection.execute(
                "UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2", .integer(id), .text(old),
                .text(hash))
        }
    }

    package func removeUser(_ name: String, by change: ChangeAuthor) async throws {
        try await driver.write { connection in
            try connection.bumpAccessEpoch()
            let user = try connection.changeableUser(named: name)
            if user.isAdministrator { try connection.requireAnotherAdministrator(than: user) }
            try connection.deleteUser(user.id)
            try connection.record(AuditEntry("user.remove", subject: user.name), by: change)
        }
    }
}

extension SQLConnection {
    /// Returns a person whom the configuration does not declare. Throws `.notFound` and `.conflict`.
    fileprivate func changeableUser(named name: String) throws -> UserRecord {
        guard !name.utf8.contains(0), let user = try user(named: name) else {
            throw RegistryError(.notFound, "There is no user '\(name)'.")
        }
        guard !user.isDeclared else { throw RegistryError(declaredUser: user.name) }
        return user
    }

    /// Deletes a person, with all that is theirs alone.
    func deleteUser(_ id: Int64) throws {
        try execute("DELETE FROM users WHERE id = ?1", .integer(id))
        try removeTokens(ofOwner: "user", id)
    }

    /// Throws `.conflict` if an administrator is the last one.
    fileprivate func requireAnotherAdministrator(than user: UserRecord) throws {
        let administrators = try all("SELECT id FROM users WHERE is_administrator = 1 LIMIT 2") { $0.integer(0) }
        guard administrators.count > 1 else {
            throw RegistryError(.conflict, "\(user.name) is the last administrator; add another one first.")
        }
    }

    /// Returns the person of a name, found without case, or nil if there is none.
    func user(named name: String) throws -> UserRecord? {
        let folded = UserFolding.fold(name)
        let user = try first(PeopleStatements.user, .text(folded)) { row in
            UserRecord(
                id: row.integer(0), name: row.text(1), passwordHash: row.text(2), passwordGeneration: row.integer(3),
                isAdministrator: row.flag(4), isDeclared: !row.isNull(7), groups: [], createdAt: row.timestamp(5))
        }
        guard let user else { return nil }
        let groups =
            try all(PeopleStatements.declaredGroups, .text(folded)) { (name: $0.text(0), id: $0.integer(1)) }
            + all(PeopleStatements.grantedGroups, .integer(user.id)) { (name: $0.text(0), id: $0.integer(1)) }
        return UserRecord(
            id: user.id, name: user.name, passwordHash: user.passwordHash,
            passwordGeneration: user.passwordGeneration, isAdministrator: user.isAdministrator,
            isDeclared: user.isDeclared,
            groups: Set(groups.map { $0.name }), groupIDs: Set(groups.map { $0.id }), createdAt: user.createdAt)
    }

    fileprivate func insertUser(
        _ name: String, _ passwordHash: String, isAdministrator: Bool, by change: ChangeAuthor
    ) throws {
        let isAdded = try exists(
            """
            INSERT INTO users (name, folded_name, password_hash, password_generation, is_administrator, is_service,
                created_at)
            VALUES (?1, ?2, ?3, 1, ?4, 0, ?5) ON CONFLICT DO NOTHING RETURNING id
            """,
            .text(name), .text(UserFolding.fold(name)), .text(passwordHash), SQLValue(isAdministrator),
            SQLValue(change.at))
        guard isAdded else { throw RegistryError(.alreadyExists, "There is a user '\(name)' already.") }
        try bumpAccessEpoch()
        try record(
            AuditEntry("user.add", subject: name, detail: isAdministrator ? "administrator" : nil), by: change)
    }
}

/// The statements that read people and groups.
enum PeopleStatements {
    static let user = """
        SELECT id, name, password_hash, password_generation, is_administrator, created_at, folded_name,
            declared_hash
        FROM users WHERE folded_name = ?1
        """

    static let declaredGroups = """
        SELECT g.name, g.id FROM declared_members d CROSS JOIN groups g
        WHERE d.folded_name = ?1 AND g.id = d.group_id AND g.is_declared = 1
        """

    static let grantedGroups = """
        SELECT g.name, g.id FROM memberships m CROSS JOIN groups g
        WHERE m.user_id = ?1 AND g.id = m.group_id AND g.is_declared = 0
        """

    static let administrator = "SELECT id FROM users WHERE is_administrator = 1 LIMIT 1"
}
