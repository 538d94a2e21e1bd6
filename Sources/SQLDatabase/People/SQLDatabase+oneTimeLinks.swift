package import PackagingStandards
package import Registry

extension SQLDatabase {
    // MARK: Invitations

    package func addInvitation(_ invitation: NewInvitation, by change: ChangeAuthor) async throws -> Invitation {
        try await driver.write { connection in
            try connection.execute(OneTimeLinkStatements.removeExpired, SQLValue(change.at))
            if let name = invitation.name { try connection.requireFreeName(name) }
            let groups = try invitation.groups.sorted().map { try connection.invitedGroup(named: $0) }
            let id = try connection.insertLink(
                invitation.digest, "invitation", expiresAt: invitation.expiresAt, maker: invitation.maker,
                at: change.at)
            try connection.execute(
                "UPDATE one_time_links SET user_name = ?2, is_administrator = ?3, group_ids = ?4 WHERE id = ?1",
                .integer(id), SQLValue(invitation.name), SQLValue(invitation.isAdministrator),
                .text(groups.map(String.init).joined(separator: ",")))
            let count = try connection.first(OneTimeLinkStatements.count) { $0.integer(0) } ?? 0
            guard count <= Invitation.mostOpen else {
                throw RegistryError(
                    .conflict,
                    "\(Invitation.mostOpen) invitations are open, the most that are kept: take some back first.")
            }
            guard let added = try connection.invitations(OneTimeLinkStatements.invitationByID, .integer(id)).first
            else {
                throw StoredValue.contradiction("an invitation", "\(id)")
            }
            try connection.record(
                AuditEntry("user.invite", subject: added.name, detail: added.privileges), by: change)
            return added
        }
    }

    package func invitations(at moment: Timestamp) async throws -> [Invitation] {
        try await driver.read { try $0.invitations(OneTimeLinkStatements.invitations, SQLValue(moment)) }
    }

    package func invitation(_ digest: SHA256Digest, at moment: Timestamp) async throws -> Invitation? {
        try await driver.read { connection in
            try connection.invitations(OneTimeLinkStatements.invitation, SQLValue(digest), SQLValue(moment)).first
        }
    }

    package func removeInvitation(_ id: Int64, by change: ChangeAuthor) async throws -> Invitation? {
        try await driver.write { connection in
            guard let found = try connection.invitations(OneTimeLinkStatements.invitationByID, .integer(id)).first,
                found.expiresAt > change.at, try connection.deleteLink(id)
            else { return nil }
            try connection.record(AuditEntry("user.uninvite", subject: found.name), by: change)
            return found
        }
    }

    package func acceptInvitation(
        _ digest: SHA256Digest, name: String, passwordHash: String, by change: ChangeAuthor
    ) async throws -> UserRecord? {
        try await driver.write { connection in
            // Of two uses at once, one deletes the row.
            guard
                let found = try connection.invitations(
                    OneTimeLinkStatements.invitation, SQLValue(digest), SQLValue(change.at)
                ).first, try connection.deleteLink(found.id)
            else { return nil }
            let name = found.name ?? name
            let detail = [found.isAdministrator ? "administrator" : nil, "invited by \(found.maker.name)"]
            let id = try connection.insertUser(
                name, passwordHash, isAdministrator: found.isAdministrator,
                detail: detail.compactMap(\.self).joined(separator: ", "), by: change)
            for group in found.groups.sorted() {
                guard let groupID = try connection.groupID(named: group) else { continue }
                try connection.execute(
                    "INSERT INTO memberships (user_id, group_id) VALUES (?1, ?2)", .integer(id), .integer(groupID))
                try connection.record(AuditEntry("group.member.add", subject: group, detail: name), by: change)
            }
            return try connection.user(named: name, at: change.at)
        }
    }

    // MARK: Password resets

    package func addPasswordReset(_ reset: NewPasswordReset, by change: ChangeAuthor) async throws -> String {
        try await driver.write { connection in
            let user = try connection.changeableUser(named: reset.user, at: change.at)
            try connection.execute(OneTimeLinkStatements.removeExpired, SQLValue(change.at))
            try connection.execute("DELETE FROM one_time_links WHERE user_id = ?1", .integer(user.id))
            let id = try connection.insertLink(
                reset.digest, "reset", expiresAt: reset.expiresAt, maker: reset.maker, at: change.at)
            try connection.execute(
                "UPDATE one_time_links SET user_id = ?2, password_generation = ?3 WHERE id = ?1", .integer(id),
                .integer(user.id), .integer(user.passwordGeneration))
            try connection.record(AuditEntry("user.reset", subject: user.name), by: change)
            return user.name
        }
    }

    package func passwordReset(_ digest: SHA256Digest, at moment: Timestamp) async throws -> PasswordReset? {
        try await driver.read { try $0.passwordReset(digest, at: moment)?.reset }
    }

    package func usePasswordReset(
        _ digest: SHA256Digest, passwordHash: String, by change: ChangeAuthor
    ) async throws -> UserRecord? {
        try await driver.write { connection in
            guard let found = try connection.passwordReset(digest, at: change.at),
                try connection.deleteLink(found.id),
                try connection.replacePasswordHash(
                    passwordHash, ofUserID: found.reset.userID, generation: found.generation)
            else { return nil }
            try connection.bumpAccessEpoch()
            try connection.record(
                AuditEntry(
                    "user.password", subject: found.reset.userName, detail: "by a link of \(found.reset.maker.name)"),
                by: change)
            return try connection.user(named: found.reset.userName, at: change.at)
        }
    }
}

/// A password reset as its row has it.
private struct StoredReset {
    let id: Int64
    let generation: Int64
    let reset: PasswordReset
}

extension SQLConnection {
    /// Adds the row of a link, and returns its id.
    fileprivate func insertLink(
        _ digest: SHA256Digest, _ kind: String, expiresAt: Timestamp, maker: LinkMaker, at moment: Timestamp
    ) throws -> Int64 {
        let id = try first(
            """
            INSERT INTO one_time_links (secret_digest, kind, is_administrator, group_ids, maker, maker_id, created_at,
                expires_at)
            VALUES (?1, ?2, 0, '', ?3, ?4, ?5, ?6) RETURNING id
            """,
            SQLValue(digest), .text(kind), .text(maker.name), SQLValue(maker.id), SQLValue(moment), SQLValue(expiresAt)
        ) { $0.integer(0) }
        guard let id else { throw StoredValue.contradiction("a link", "none") }
        return id
    }

    /// Deletes a link; returns false if another use of it has done so.
    fileprivate func deleteLink(_ id: Int64) throws -> Bool {
        try exists("DELETE FROM one_time_links WHERE id = ?1 RETURNING id", .integer(id))
    }

    /// Throws `.alreadyExists` if there is a person of a name.
    fileprivate func requireFreeName(_ name: String) throws {
        guard try userID(named: name) == nil else {
            throw RegistryError(.alreadyExists, "There is a user \(name) already.")
        }
    }

    /// Returns the id of a group that people can be added to. Throws `.notFound` and `.conflict`.
    fileprivate func invitedGroup(named name: String) throws -> Int64 {
        guard let id = try groupID(named: name) else { throw RegistryError(.notFound, "There is no group \(name).") }
        guard try !exists("SELECT id FROM groups WHERE id = ?1 AND is_declared = 1", .integer(id)) else {
            throw RegistryError(
                .conflict, "The configuration declares the group \(name): its members are named there, in [groups].")
        }
        return id
    }

    /// Reads the invitations that a statement of `OneTimeLinkStatements` finds, with those of their groups that exist, and that
    /// people can be added to.
    fileprivate func invitations(_ statement: String, _ arguments: SQLValue...) throws -> [Invitation] {
        var rows: [(invitation: Invitation, groups: [Int64])] = []
        try run(statement, arguments) { row in
            let invitation = Invitation(
                id: row.integer(0), name: row.optionalText(1), isAdministrator: row.flag(2), groups: [],
                maker: LinkMaker(name: row.text(4), id: row.optionalInteger(5)), createdAt: row.timestamp(6),
                expiresAt: row.timestamp(7))
            rows.append((invitation, row.text(3).split(separator: ",").compactMap { Int64($0) }))
        }
        return try rows.map { invitation, groups in
            let names = try groups.compactMap { id in
                try first("SELECT name FROM groups WHERE id = ?1 AND is_declared = 0", .integer(id)) { $0.text(0) }
            }
            return Invitation(
                id: invitation.id, name: invitation.name, isAdministrator: invitation.isAdministrator,
                groups: Set(names), maker: invitation.maker, createdAt: invitation.createdAt,
                expiresAt: invitation.expiresAt)
        }
    }

    fileprivate func passwordReset(_ digest: SHA256Digest, at moment: Timestamp) throws -> StoredReset? {
        try first(OneTimeLinkStatements.reset, SQLValue(digest), SQLValue(moment)) { row in
            StoredReset(
                id: row.integer(0), generation: row.integer(1),
                reset: PasswordReset(
                    userName: row.text(2), userID: row.integer(3),
                    maker: LinkMaker(name: row.text(4), id: row.optionalInteger(5))))
        }
    }
}

extension Invitation {
    /// What it gives beside an account, in words; nil for nothing.
    fileprivate var privileges: String? {
        let role = isAdministrator ? ["administrator"] : []
        let words = role + groups.sorted().map { "group:\($0)" }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}

/// The statements that read and remove one-time links.
enum OneTimeLinkStatements {
    private static let columns = """
        SELECT id, user_name, is_administrator, group_ids, maker, maker_id, created_at, expires_at FROM one_time_links
        WHERE kind = 'invitation'
        """

    static let invitations = columns + " AND expires_at > ?1 ORDER BY id"

    static let invitation = columns + " AND secret_digest = ?1 AND expires_at > ?2"

    static let invitationByID = columns + " AND id = ?1"

    static let count = "SELECT COUNT(*) FROM one_time_links WHERE kind = 'invitation'"

    static let removeExpired = "DELETE FROM one_time_links WHERE expires_at <= ?1"

    /// Only of a person who still has the password that the link ends with.
    static let reset = """
        SELECT l.id, l.password_generation, u.name, u.id, l.maker, l.maker_id
        FROM one_time_links l CROSS JOIN users u
        WHERE l.secret_digest = ?1 AND l.kind = 'reset' AND l.expires_at > ?2 AND u.id = l.user_id
            AND u.password_generation = l.password_generation AND u.declared_hash IS NULL
        """
}
