package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func requireRegistrationRoom(from network: String, at moment: Timestamp) async throws {
        try await driver.read { try $0.requireRegistrationRoom(from: network, at: moment) }
    }

    package func addRegistration(_ registration: NewRegistration, by change: ChangeAuthor) async throws {
        try await driver.write { connection in
            // Makes others wait, so that the bound holds.
            try connection.lockAccess()
            try connection.execute("DELETE FROM registrations WHERE expires_at <= ?1", SQLValue(change.at))
            try connection.requireRegistrationRoom(from: registration.network, at: change.at)
            try connection.execute(
                """
                INSERT INTO registrations (name, folded_name, password_hash, note, address, network, created_at,
                    expires_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                """,
                .text(registration.name), .text(UserFolding.fold(registration.name)), .text(registration.passwordHash),
                .text(registration.note), SQLValue(registration.address), .text(registration.network),
                SQLValue(change.at), SQLValue(registration.expiresAt))
            try connection.record(AuditEntry("user.request", subject: registration.name), by: change)
        }
    }

    package func registrations(at moment: Timestamp) async throws -> [Registration] {
        try await driver.read { connection in
            try connection.all(RegistrationStatements.all, SQLValue(moment), read: Registration.init)
        }
    }

    package func approveRegistration(_ id: Int64, by change: ChangeAuthor) async throws -> Registration? {
        try await driver.write { connection in
            guard let found = try connection.registration(id, at: change.at),
                let hash = try connection.takeRegistration(id)
            else { return nil }
            _ = try connection.insertUser(found.name, hash, isAdministrator: false, detail: "had asked", by: change)
            try connection.execute(
                "DELETE FROM registrations WHERE folded_name = ?1", .text(UserFolding.fold(found.name)))
            return found
        }
    }

    package func rejectRegistration(_ id: Int64, by change: ChangeAuthor) async throws -> Registration? {
        try await driver.write { connection in
            guard let found = try connection.registration(id, at: change.at),
                try connection.takeRegistration(id) != nil
            else { return nil }
            try connection.record(AuditEntry("user.reject", subject: found.name), by: change)
            return found
        }
    }
}

extension SQLConnection {
    fileprivate func requireRegistrationRoom(from network: String, at moment: Timestamp) throws {
        let (most, mostOfOne) = (Registration.most, Registration.mostOfOneNetwork)
        let all = try first(RegistrationStatements.count, SQLValue(moment)) { $0.integer(0) } ?? 0
        guard all < most else {
            throw RegistryError(
                .conflict, "Too many requests for accounts are waiting. Ask an administrator to look at them first.")
        }
        let ofOne =
            try first(RegistrationStatements.countOfNetwork, SQLValue(moment), .text(network)) { $0.integer(0) } ?? 0
        guard ofOne < mostOfOne else {
            throw RegistryError(
                .conflict,
                "\(mostOfOne) requests from your address are waiting. Ask an administrator to look at them first.")
        }
    }

    fileprivate func registration(_ id: Int64, at moment: Timestamp) throws -> Registration? {
        try first(RegistrationStatements.one, SQLValue(moment), .integer(id), read: Registration.init)
    }

    /// Deletes a request, and returns the hash of its password; nil if another decision has done so.
    fileprivate func takeRegistration(_ id: Int64) throws -> String? {
        try first("DELETE FROM registrations WHERE id = ?1 RETURNING password_hash", .integer(id)) { $0.text(0) }
    }
}

extension Registration {
    /// Reads a row of `RegistrationStatements.all`.
    fileprivate init(_ row: any SQLRow) {
        self.init(
            id: row.integer(0), name: row.text(1), note: row.text(2), address: row.optionalText(3),
            createdAt: row.timestamp(4), expiresAt: row.timestamp(5), isNameTaken: !row.isNull(6))
    }
}

/// The statements that read requests for accounts, of which few wait.
enum RegistrationStatements {
    private static let columns = """
        SELECT r.id, r.name, r.note, r.address, r.created_at, r.expires_at, u.id
        FROM registrations r LEFT JOIN users u ON u.folded_name = r.folded_name
        WHERE r.expires_at > ?1
        """

    static let all = columns + " ORDER BY r.id"

    static let one = columns + " AND r.id = ?2"

    static let count = "SELECT COUNT(*) FROM registrations WHERE expires_at > ?1"

    static let countOfNetwork = "SELECT COUNT(*) FROM registrations WHERE expires_at > ?1 AND network = ?2"
}
