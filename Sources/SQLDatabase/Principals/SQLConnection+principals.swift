import PackagingStandards

/// The ids of those who hold rights, by their names, and the end of their tokens.
extension SQLConnection {
    /// Returns the id of a person, found without case, or nil if there is none.
    func userID(named name: String) throws -> Int64? {
        guard !name.utf8.contains(0) else { return nil }
        return try first("SELECT id FROM users WHERE folded_name = ?1", .text(UserFolding.fold(name))) { $0.integer(0) }
    }

    /// Returns the id of a group, or nil if there is none.
    func groupID(named name: String) throws -> Int64? {
        guard !name.utf8.contains(0) else { return nil }
        return try first("SELECT id FROM groups WHERE name = ?1", .text(name)) { $0.integer(0) }
    }

    /// Returns the id of a service account, found without case, or nil if there is none.
    func serviceID(named name: String) throws -> Int64? {
        guard !name.utf8.contains(0) else { return nil }
        return try first(
            "SELECT id FROM service_accounts WHERE folded_name = ?1", .text(UserFolding.fold(name))
        ) { $0.integer(0) }
    }

    /// Removes the tokens of an owner that is removed, and those that were made with them.
    func removeTokens(ofOwner kind: String, _ id: Int64) throws {
        let tokens = try all(
            "SELECT id FROM access_tokens WHERE owner_kind = ?1 AND owner_id = ?2", .text(kind), .integer(id)
        ) { $0.integer(0) }
        for token in tokens { try removeToken(withID: token) }
    }

    /// Removes a token, and those that were made with it.
    func removeToken(withID id: Int64) throws {
        try execute(
            """
            WITH RECURSIVE doomed (id) AS (
                SELECT id FROM access_tokens WHERE id = ?1
                UNION SELECT t.id FROM access_tokens t JOIN doomed d ON t.parent_id = d.id
            )
            DELETE FROM access_tokens WHERE id IN (SELECT id FROM doomed)
            """, .integer(id))
    }
}

/// Folds names of users and service accounts, so that `Alice` and `alice` are one.
enum UserFolding {
    /// Returns a name, which is ASCII, in lowercase.
    static func fold(_ name: String) -> String {
        String(decoding: name.utf8.map(ASCII.lowercased), as: UTF8.self)
    }
}
