import PackagingStandards
package import Registry

extension SQLDatabase {
    package func user(named name: String) async throws -> UserRecord? {
        // No stored name holds a NUL; a client may send one.
        guard !name.utf8.contains(0) else { return nil }
        let now = clock.now()
        return try await driver.read { try $0.user(named: name, at: now) }
    }

    package func user(withID id: Int64) async throws -> UserRecord? {
        let now = clock.now()
        return try await driver.read { try $0.user(withID: id, at: now) }
    }

    package func users() async throws -> [UserRecord] {
        let now = clock.now()
        return try await driver.read { connection in
            let ids = try connection.all("SELECT id FROM users ORDER BY folded_name") { $0.integer(0) }
            return try ids.compactMap { try connection.user(withID: $0, at: now) }
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
            let user = try connection.changeableUser(named: name, at: change.at)
            try connection.execute(
                """
                UPDATE users SET password_hash = ?2, password_generation = password_generation + 1
                WHERE id = ?1
                """, .integer(user.id), .text(hash))
            try connection.bumpAccessEpoch()
            try connection.record(AuditEntry("user.password", subject: user.name), by: change)
        }
    }

    package func changePasswordHash(
        _ hash: String, ofUserID id: Int64, generation: Int64, by change: ChangeAuthor
    ) async throws -> UserRecord {
        try await driver.write { connection in
            let gone = RegistryError(
                .wrongCredentials, "The password has been changed meanwhile: log in with the new one.")
            let name = try connection.first("SELECT name FROM users WHERE id = ?1", .integer(id)) { $0.text(0) }
            guard let name else { throw gone }
            let user = try connection.changeableUser(named: name, at: change.at)
            guard user.hasPassword else {
                throw RegistryError(.conflict, "\(user.name) has no password here: it is kept elsewhere.")
            }
            guard try connection.replacePasswordHash(hash, ofUserID: id, generation: generation) else { throw gone }
            try connection.bumpAccessEpoch()
            try connection.record(AuditEntry("user.password", subject: user.name), by: change)
            guard let changed = try connection.user(named: name, at: change.at) else { throw gone }
            return changed
        }
    }

    package func setAdministrator(
        _ isAdministrator: Bool, ofUser name: String, by change: ChangeAuthor
    ) async throws -> Bool {
        try await driver.write { connection in
            // Locks the installation's row: of two administrators who end each other's role at once, one stays.
            try connection.lockAccess()
            let user = try connection.changeableUser(named: name, at: change.at)
            guard try connection.hasOwnRole(user.id) != isAdministrator else {
                guard user.isAdministrator == isAdministrator else {
                    throw RegistryError(
                        .conflict, "\(user.name) is an administrator because the outside says so: change it there.")
                }
                return false
            }
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
            let user = try connection.changeableUser(named: name, at: change.at)
            if user.isAdministrator { try connection.requireAnotherAdministrator(than: user) }
            try connection.deleteUser(user.id)
            try connection.record(AuditEntry("user.remove", subject: user.name), by: change)
        }
    }
}

extension SQLConnection {
    /// Gives a person another password, unless they have another than that of a generation. Returns whether they got it.
    func replacePasswordHash(_ hash: String, ofUserID id: Int64, generation: Int64) throws -> Bool {
        try exists(
            """
            UPDATE users SET password_hash = ?3, password_generation = password_generation + 1
            WHERE id = ?1 AND password_generation = ?2 RETURNING id
            """, .integer(id), .integer(generation), .text(hash))
    }

    /// Returns a person whom the configuration does not declare. Throws `.notFound` and `.conflict`.
    func changeableUser(named name: String, at now: Timestamp) throws -> UserRecord {
        guard !name.utf8.contains(0), let user = try user(named: name, at: now) else {
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

    /// Returns whether somebody is an administrator by this server's own word.
    fileprivate func hasOwnRole(_ id: Int64) throws -> Bool {
        try exists("SELECT id FROM users WHERE id = ?1 AND is_administrator = 1", .integer(id))
    }

    /// Throws `.conflict` if an administrator is the last one.
    func requireAnotherAdministrator(than user: UserRecord) throws {
        guard try exists(PeopleStatements.otherAdministrator, .integer(user.id)) else {
            throw RegistryError(.conflict, "\(user.name) is the last administrator; add another one first.")
        }
    }

    /// Returns the person of a name, found without case, or nil if there is none.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - now: The moment at which what the outside said must count.
    /// - Returns: The person.
    /// - Throws: What the driver does.
    func user(named name: String, at now: Timestamp) throws -> UserRecord? {
        try first(PeopleStatements.user, .text(UserFolding.fold(name)), read: StoredUser.init).map {
            try record(of: $0, at: now)
        }
    }

    /// Returns the person with an id, or nil if there is none.
    func user(withID id: Int64, at now: Timestamp) throws -> UserRecord? {
        try first(PeopleStatements.userWithID, .integer(id), read: StoredUser.init).map { try record(of: $0, at: now) }
    }

    private func record(of user: StoredUser, at now: Timestamp) throws -> UserRecord {
        // Whom the configuration declares is who it says, whatever the outside says.
        let links = try links(ofUser: user.id)
        let counting = user.isDeclared ? [] : links.map(\.record)
        let trusted = user.isDeclared ? [] : links.filter { $0.record.isTrusted(at: now) }
        var groups = try all(PeopleStatements.declaredGroups, .text(user.foldedName), read: StoredGroup.init)
        groups += try all(PeopleStatements.grantedGroups, .integer(user.id), read: StoredGroup.init)
        for link in trusted { groups += try all(LinkStatements.groups, .integer(link.id), read: StoredGroup.init) }
        let isOverdue =
            user.passwordHash.isEmpty && counting.contains { $0.isWatched && !$0.isTrusted(at: now) }
        return UserRecord(
            id: user.id, name: user.name, passwordHash: user.passwordHash,
            passwordGeneration: user.passwordGeneration,
            isAdministrator: user.isAdministrator || trusted.contains { $0.record.isAdministrator == true },
            isDeclared: user.isDeclared, groups: Set(groups.map(\.name)), groupIDs: Set(groups.compactMap(\.id)),
            createdAt: user.createdAt, links: links.map(\.record), isBlocked: user.isBlocked,
            isActive: !user.isBlocked && !isOverdue && !counting.contains { $0.isGone },
            validUntil: trusted.compactMap(\.record.trustedUntil).min())
    }

    /// Adds a person, and returns the id. Throws `.alreadyExists`.
    func insertUser(
        _ name: String, _ passwordHash: String, isAdministrator: Bool, detail: String?, by change: ChangeAuthor
    ) throws -> Int64 {
        let id = try first(
            """
            INSERT INTO users (name, folded_name, password_hash, password_generation, is_administrator, is_service,
                created_at)
            VALUES (?1, ?2, ?3, 1, ?4, 0, ?5) ON CONFLICT DO NOTHING RETURNING id
            """,
            .text(name), .text(UserFolding.fold(name)), .text(passwordHash), SQLValue(isAdministrator),
            SQLValue(change.at)
        ) { $0.integer(0) }
        guard let id else { throw RegistryError(.alreadyExists, "There is a user '\(name)' already.") }
        try bumpAccessEpoch()
        try record(AuditEntry("user.add", subject: name, detail: detail), by: change)
        return id
    }

    func insertUser(
        _ name: String, _ passwordHash: String, isAdministrator: Bool, by change: ChangeAuthor
    ) throws {
        _ = try insertUser(
            name, passwordHash, isAdministrator: isAdministrator, detail: isAdministrator ? "administrator" : nil,
            by: change)
    }
}

/// A row of `PeopleStatements.user`.
private struct StoredUser {
    let id: Int64
    let name: String
    let foldedName: String
    let passwordHash: String
    let passwordGeneration: Int64
    let isAdministrator: Bool
    let isDeclared: Bool
    let isBlocked: Bool
    let createdAt: Timestamp

    init(_ row: any SQLRow) {
        id = row.integer(0)
        name = row.text(1)
        passwordHash = row.text(2)
        passwordGeneration = row.integer(3)
        isAdministrator = row.flag(4)
        createdAt = row.timestamp(5)
        foldedName = row.text(6)
        isDeclared = !row.isNull(7)
        isBlocked = !row.isNull(8)
    }
}

/// A group that somebody is in, by name and, if there is one of the name here, by id.
private struct StoredGroup {
    let name: String
    let id: Int64?

    init(_ row: any SQLRow) {
        name = row.text(0)
        id = row.optionalInteger(1)
    }
}

/// The statements that read people and groups.
enum PeopleStatements {
    private static let columns = """
        SELECT id, name, password_hash, password_generation, is_administrator, created_at, folded_name,
            declared_hash, blocked_at
        FROM users
        """

    static let user = columns + " WHERE folded_name = ?1"

    static let userWithID = columns + " WHERE id = ?1"

    static let declaredGroups = """
        SELECT g.name, g.id FROM declared_members d CROSS JOIN groups g
        WHERE d.folded_name = ?1 AND g.id = d.group_id AND g.is_declared = 1
        """

    static let grantedGroups = """
        SELECT g.name, g.id FROM memberships m CROSS JOIN groups g
        WHERE m.user_id = ?1 AND g.id = m.group_id AND g.is_declared = 0
        """

    static let administrator = """
        SELECT id FROM users WHERE is_administrator = 1
        UNION ALL SELECT user_id FROM person_links WHERE is_administrator = 1 LIMIT 1
        """

    /// An administrator who may come in, other than one.
    static let otherAdministrator = """
        SELECT id FROM users WHERE is_administrator = 1 AND blocked_at IS NULL AND id <> ?1
        UNION ALL SELECT l.user_id FROM person_links l CROSS JOIN users u
        WHERE l.is_administrator = 1 AND l.gone_at IS NULL AND l.user_id <> ?1 AND u.id = l.user_id
            AND u.blocked_at IS NULL
        LIMIT 1
        """
}
