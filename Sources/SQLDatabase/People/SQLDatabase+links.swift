package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func signIn(
        _ person: ProvenPerson, trustedUntil: Timestamp, by change: ChangeAuthor
    ) async throws -> UserRecord {
        let known = try await driver.read { connection -> UserRecord? in
            guard let id = try connection.userID(linkedTo: person.identity),
                let user = try connection.user(withID: id, at: change.at), user.isConfirmed(as: person, at: change.at)
            else { return nil }
            return user
        }
        if let known { return known }
        return try await driver.write { connection in
            // Of two first sign-ins at once, the second finds the person of the first.
            try connection.lockAccess()
            let id = try connection.userID(linkedTo: person.identity) ?? connection.addUser(proven: person, by: change)
            guard let before = try connection.user(withID: id, at: change.at) else {
                throw StoredValue.contradiction("a link", person.identity.description)
            }
            try connection.requireWelcome(before)
            try connection.confirm(person, ofUser: id, trustedUntil: trustedUntil, at: change.at)
            guard let after = try connection.user(withID: id, at: change.at) else {
                throw StoredValue.contradiction("a link", person.identity.description)
            }
            try connection.recordConfirmation(of: person.identity, from: before, to: after, by: change)
            return after
        }
    }

    package func link(
        _ user: String, to identity: OutsideIdentity, by change: ChangeAuthor
    ) async throws -> Bool {
        try await driver.write { connection in
            try connection.lockAccess()
            let user = try connection.changeableUser(named: user, at: change.at)
            guard !user.links.contains(where: { $0.identity == identity }) else { return false }
            if let other = user.links.first(where: { $0.identity.provider == identity.provider }) {
                throw RegistryError(
                    .alreadyExists,
                    "\(user.name) is linked to \(other.identity) already: end that link first.")
            }
            if let id = try connection.userID(linkedTo: identity),
                let other = try connection.user(withID: id, at: change.at)
            {
                throw RegistryError(
                    .alreadyExists,
                    "\(identity) is \(other.name) here: end that link first, or remove \(other.name).")
            }
            try connection.insertLink(identity, ofUser: user.id, at: change.at)
            if identity.provider.takesPasswords {
                try connection.execute(
                    """
                    UPDATE users SET password_hash = '', password_generation = password_generation + 1 WHERE id = ?1
                    """, .integer(user.id))
            }
            try connection.bumpAccessEpoch()
            try connection.record(
                AuditEntry("user.link", subject: user.name, detail: identity.description), by: change)
            return true
        }
    }

    package func unlink(
        _ user: String, from provider: OutsideProvider, by change: ChangeAuthor
    ) async throws -> Bool {
        try await driver.write { connection in
            try connection.lockAccess()
            guard !user.utf8.contains(0), let user = try connection.user(named: user, at: change.at) else {
                throw RegistryError(.notFound, "There is no user \(user).")
            }
            guard let link = user.links.first(where: { $0.identity.provider == provider }) else { return false }
            try connection.execute(
                "DELETE FROM person_links WHERE user_id = ?1 AND provider = ?2", .integer(user.id),
                .text(provider.description))
            try connection.bumpAccessEpoch()
            try connection.record(
                AuditEntry("user.unlink", subject: user.name, detail: link.identity.description), by: change)
            return true
        }
    }

    package func setBlocked(
        _ isBlocked: Bool, ofUser name: String, by change: ChangeAuthor
    ) async throws -> Bool {
        try await driver.write { connection in
            try connection.lockAccess()
            let user = try connection.changeableUser(named: name, at: change.at)
            guard user.isBlocked != isBlocked else { return false }
            if isBlocked, user.isAdministrator { try connection.requireAnotherAdministrator(than: user) }
            try connection.execute(
                "UPDATE users SET blocked_at = ?2 WHERE id = ?1", .integer(user.id),
                isBlocked ? SQLValue(change.at) : .null)
            try connection.bumpAccessEpoch()
            try connection.record(AuditEntry(isBlocked ? "user.block" : "user.unblock", subject: user.name), by: change)
            return true
        }
    }

    package func identitiesToConfirm(
        of provider: OutsideProvider, confirmedBefore limit: Timestamp, at now: Timestamp, most: Int
    ) async throws -> [OutsideIdentity] {
        try await driver.read { connection in
            try connection.all(
                LinkStatements.unconfirmed, .text(provider.description), SQLValue(limit), SQLValue(now),
                SQLValue(most)
            ) { try LinkStatements.identity(provider: $0.text(0), subject: $0.text(1)) }
        }
    }

    package func markGone(_ identity: OutsideIdentity, by change: ChangeAuthor) async throws -> Bool {
        try await driver.write { connection in
            let id = try connection.first(
                """
                UPDATE person_links SET gone_at = COALESCE(gone_at, ?3), confirmed_at = ?3
                WHERE provider = ?1 AND subject = ?2 RETURNING user_id, gone_at
                """, .text(identity.provider.description), .text(identity.subject), SQLValue(change.at)
            ) { (user: $0.integer(0), goneAt: $0.timestamp(1)) }
            guard let id, id.goneAt == change.at, let user = try connection.user(withID: id.user, at: change.at) else {
                return false
            }
            try connection.bumpAccessEpoch()
            try connection.record(
                AuditEntry("user.gone", subject: user.name, detail: identity.provider.description), by: change)
            return true
        }
    }
}

extension UserRecord {
    /// For how long after a confirmation another one that changes nothing is not kept: microseconds.
    private static let confirmationInterval: Int64 = 60_000_000

    /// Returns whether a sign-in at a moment would change nothing that is worth a transaction.
    fileprivate func isConfirmed(as person: ProvenPerson, at now: Timestamp) -> Bool {
        guard isActive, !isDeclared, let link = links.first(where: { $0.identity == person.identity }),
            link.isTrusted(at: now), link.isAdministrator == person.isAdministrator,
            link.isWatched == person.isWatched, link.groups == person.groups, let confirmedAt = link.confirmedAt
        else { return false }
        return now.microseconds - confirmedAt.microseconds < Self.confirmationInterval
    }
}

/// A link with the id of its row.
struct StoredLink {
    let id: Int64
    let record: LinkRecord
}

extension SQLConnection {
    /// Returns the links of a person, in the order of their providers.
    func links(ofUser id: Int64) throws -> [StoredLink] {
        let rows = try all(LinkStatements.ofUser, .integer(id)) { row in
            (
                id: row.integer(0),
                identity: try LinkStatements.identity(provider: row.text(1), subject: row.text(2)),
                confirmedAt: row.optionalTimestamp(3), trustedUntil: row.optionalTimestamp(4),
                isAdministrator: row.optionalInteger(5).map { $0 == 1 }, isWatched: row.flag(6), isGone: !row.isNull(7)
            )
        }
        return try rows.map { row in
            let groups = try all("SELECT name FROM linked_groups WHERE link_id = ?1", .integer(row.id)) { $0.text(0) }
            let record = LinkRecord(
                identity: row.identity, confirmedAt: row.confirmedAt, trustedUntil: row.trustedUntil,
                groups: Set(groups), isAdministrator: row.isAdministrator, isWatched: row.isWatched,
                isGone: row.isGone)
            return StoredLink(id: row.id, record: record)
        }
    }

    fileprivate func userID(linkedTo identity: OutsideIdentity) throws -> Int64? {
        try first(
            LinkStatements.byIdentity, .text(identity.provider.description), .text(identity.subject)
        ) { $0.integer(0) }
    }

    fileprivate func insertLink(_ identity: OutsideIdentity, ofUser id: Int64, at now: Timestamp) throws {
        try execute(
            """
            INSERT INTO person_links (user_id, provider, subject, linked_at, is_watched) VALUES (?1, ?2, ?3, ?4, 0)
            """, .integer(id), .text(identity.provider.description), .text(identity.subject), SQLValue(now))
    }

    /// Adds somebody who has no password here, and returns their id. Throws `.forbidden` if their name does not allow it.
    fileprivate func addUser(proven person: ProvenPerson, by change: ChangeAuthor) throws -> Int64 {
        let identity = person.identity
        let advice =
            "An administrator can link them: cellar user link <user> --provider \(identity.provider) --subject "
            + "'\(identity.subject)'."
        guard UserName.isValid(person.name) else {
            throw RegistryError(
                .forbidden,
                "Your name outside can be none of a user here, which has ASCII letters, digits and . _ @ + - only. "
                    + "An administrator can add a user for you. \(advice)")
        }
        guard try userID(named: person.name) == nil else {
            throw RegistryError(
                .forbidden,
                "There is a user \(person.name) here already, and nothing says that they are you. If they are: "
                    + advice)
        }
        try insertUser(person.name, "", isAdministrator: false, by: change)
        guard let id = try userID(named: person.name) else { throw StoredValue.contradiction("a user", person.name) }
        try insertLink(identity, ofUser: id, at: change.at)
        try record(AuditEntry("user.link", subject: person.name, detail: identity.description), by: change)
        return id
    }

    /// Throws `.forbidden` for somebody who may not sign in, whatever the outside says.
    fileprivate func requireWelcome(_ user: UserRecord) throws {
        guard !user.isBlocked else {
            throw RegistryError(.forbidden, "\(user.name) is blocked here; an administrator can end that.")
        }
        guard !user.isDeclared else {
            throw RegistryError(
                .forbidden,
                "The configuration of this server declares the user \(user.name), with a password of their own.")
        }
    }

    fileprivate func confirm(
        _ person: ProvenPerson, ofUser id: Int64, trustedUntil: Timestamp, at now: Timestamp
    ) throws {
        let link = try first(
            """
            UPDATE person_links SET confirmed_at = ?4, trusted_until = ?5, is_administrator = ?6, is_watched = ?7,
                gone_at = NULL
            WHERE user_id = ?1 AND provider = ?2 AND subject = ?3 RETURNING id
            """,
            .integer(id), .text(person.identity.provider.description), .text(person.identity.subject), SQLValue(now),
            SQLValue(trustedUntil), SQLValue(person.isAdministrator.map { $0 ? Int64(1) : 0 }),
            SQLValue(person.isWatched)
        ) { $0.integer(0) }
        guard let link else { throw StoredValue.contradiction("a link", person.identity.description) }
        let kept = Set(try all("SELECT name FROM linked_groups WHERE link_id = ?1", .integer(link)) { $0.text(0) })
        for name in kept.subtracting(person.groups) {
            try execute("DELETE FROM linked_groups WHERE link_id = ?1 AND name = ?2", .integer(link), .text(name))
        }
        for name in person.groups.subtracting(kept).sorted() {
            try execute("INSERT INTO linked_groups (link_id, name) VALUES (?1, ?2)", .integer(link), .text(name))
        }
    }

    /// Counts a change of rights, and notes it in the audit, if a confirmation has changed what somebody may do.
    fileprivate func recordConfirmation(
        of identity: OutsideIdentity, from before: UserRecord, to after: UserRecord, by change: ChangeAuthor
    ) throws {
        func isGone(_ user: UserRecord) -> Bool { user.links.contains { $0.identity == identity && $0.isGone } }
        let provider = identity.provider.description
        if isGone(before), !isGone(after) {
            try record(AuditEntry("user.back", subject: after.name, detail: provider), by: change)
        }
        let groups = { (user: UserRecord) in
            user.links.first { $0.identity == identity }?.groups ?? []
        }
        let (had, has) = (groups(before), groups(after))
        if had != has {
            let words = has.subtracting(had).sorted().map { "+\($0)" } + had.subtracting(has).sorted().map { "-\($0)" }
            let shown = words.prefix(50).joined(separator: " ")
            try record(
                AuditEntry("user.groups", subject: after.name, detail: "\(provider): \(shown)"), by: change)
        }
        if before.isAdministrator != after.isAdministrator {
            let role = after.isAdministrator ? "administrator" : "user"
            try record(AuditEntry("user.admin", subject: after.name, detail: role), by: change)
        }
        let isSame =
            before.groups == after.groups && before.groupIDs == after.groupIDs
            && before.isAdministrator == after.isAdministrator && before.isActive == after.isActive
        if !isSame { try bumpAccessEpoch() }
    }
}

/// The statements that read links.
enum LinkStatements {
    static let ofUser = """
        SELECT id, provider, subject, confirmed_at, trusted_until, is_administrator, is_watched, gone_at
        FROM person_links WHERE user_id = ?1 ORDER BY provider
        """

    static let groups = """
        SELECT l.name, g.id FROM linked_groups l LEFT JOIN groups g ON g.name = l.name WHERE l.link_id = ?1
        """

    static let byIdentity = "SELECT user_id FROM person_links WHERE provider = ?1 AND subject = ?2"

    static let unconfirmed = """
        SELECT l.provider, l.subject FROM person_links l CROSS JOIN users u
        WHERE l.provider = ?1 AND COALESCE(l.confirmed_at, 0) < ?2 AND u.id = l.user_id AND u.blocked_at IS NULL
            AND u.declared_hash IS NULL AND EXISTS (
                SELECT 1 FROM access_tokens t
                WHERE t.owner_kind = 'user' AND t.owner_id = l.user_id AND (t.expires_at IS NULL OR t.expires_at > ?3))
        ORDER BY COALESCE(l.confirmed_at, 0) LIMIT ?4
        """

    /// Returns the identity of a row.
    static func identity(provider: String, subject: String) throws -> OutsideIdentity {
        guard let known = OutsideProvider(provider), let identity = OutsideIdentity(known, subject: subject) else {
            throw StoredValue.contradiction("a link", provider)
        }
        return identity
    }
}
