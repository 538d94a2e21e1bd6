package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func tokenHolders(of digests: [SHA256Digest]) async throws -> [SHA256Digest: TokenHolder] {
        let now = clock.now()
        return try await driver.read { connection in
            var holders: [SHA256Digest: TokenHolder] = [:]
            for digest in digests { holders[digest] = try connection.tokenHolder(of: digest, at: now) }
            return holders
        }
    }

    package func addToken(_ token: NewToken, by change: ChangeAuthor) async throws -> TokenRecord {
        try await driver.write { connection in
            let owner = try connection.tokenOwner(named: token.owner)
            guard token.ownerID == nil || token.ownerID == owner.id else {
                throw TokenRefusal.unknownOwner(token.owner)
            }
            let generation = try connection.passwordGeneration(of: token, ownedBy: owner.id)
            try connection.execute(TokenStatements.removeExpired, SQLValue(change.at), SQLValue(change.at.monthBefore))
            let id = try connection.insert(token, ownedBy: owner, generation, by: change)
            guard let id else {
                throw RegistryError(
                    .alreadyExists,
                    "\(token.owner) has a token \(token.name) already: revoke it first, or choose another name.")
            }
            try connection.link(token: id, to: token.publishers)
            try connection.checkTokenCount(of: owner, isSession: token.isSession, token.owner)
            return try connection.recordMaking(ofToken: id, by: change)
        }
    }

    package func tokens(of owner: TokenOwnerName?) async throws -> [TokenRecord] {
        try await driver.read { connection in
            guard let owner else { return try connection.all(TokenStatements.all) { try TokenRecord($0) } }
            let found = try connection.tokenOwner(named: owner)
            return try connection.all(TokenStatements.ofOwner, .text(found.kind), .integer(found.id)) {
                try TokenRecord($0)
            }
        }
    }

    package func removeToken(_ id: Int64, by change: ChangeAuthor) async throws -> TokenRecord? {
        try await driver.write { connection in
            guard let record = try connection.token(withID: id) else { return nil }
            guard !record.isDeclared else { throw RegistryError(declaredToken: record.name, of: record.owner) }
            try connection.revoke(record, by: change)
            try connection.bumpAccessEpoch()
            return record
        }
    }

    package func removeSessions(ofUserID id: Int64, by change: ChangeAuthor) async throws -> Int {
        try await driver.write { connection in
            let sessions = try connection.all(TokenStatements.sessionsOfUser, .integer(id)) { $0.integer(0) }
            for session in sessions { try connection.removeToken(withID: session) }
            try connection.bumpAccessEpoch()
            try connection.record(
                AuditEntry("user.signout", subject: change.name, detail: "\(sessions.count) sessions"), by: change)
            return sessions.count
        }
    }

    package func recordTokenUses(_ uses: [Int64: Timestamp]) async throws {
        guard !uses.isEmpty else { return }
        try await driver.write { connection in
            for (id, moment) in uses.sorted(by: { $0.key < $1.key }) {
                try connection.execute(TokenStatements.use, .integer(id), SQLValue(moment))
            }
        }
    }

    package func serviceAccounts() async throws -> [ServiceAccount] {
        try await driver.read { connection in
            try connection.all("SELECT id, name, created_at FROM service_accounts ORDER BY folded_name") { row in
                ServiceAccount(id: row.integer(0), name: row.text(1), createdAt: row.timestamp(2))
            }
        }
    }

    package func addServiceAccount(_ name: String, by change: ChangeAuthor) async throws {
        try await driver.write { connection in
            try connection.addServiceAccount(name, by: change)
        }
    }

    package func removeServiceAccount(_ name: String, by change: ChangeAuthor) async throws {
        try await driver.write { connection in
            guard let id = try connection.serviceID(named: name) else {
                throw RegistryError(.notFound, "There is no service account \(name).")
            }
            let declared = try connection.first(
                "SELECT name FROM access_tokens WHERE owner_kind = 'service' AND owner_id = ?1 AND is_declared = 1",
                .integer(id)
            ) { $0.text(0) }
            if let declared { throw RegistryError(declaredToken: declared, of: .service(name)) }
            try connection.execute("DELETE FROM service_accounts WHERE id = ?1", .integer(id))
            try connection.removeTokens(ofOwner: "service", id)
            try connection.bumpAccessEpoch()
            try connection.record(AuditEntry("service.remove", subject: name), by: change)
        }
    }
}

/// The owner of a token as its row names it.
struct StoredTokenOwner {
    let kind: String
    let id: Int64
    var publisherName: String?
}

private enum TokenRefusal {
    static func unknownOwner(_ owner: TokenOwnerName) -> RegistryError {
        let text =
            switch owner {
            case .user(let name): "There is no user \(name)."
            case .group(let name): "There is no group \(name)."
            case .service(let name): "There is no service account \(name)."
            case .publisher(let publisher): "There is no publisher \(publisher.name)."
            }
        return RegistryError(.notFound, text)
    }
}

extension SQLConnection {
    /// Adds a service account. Throws `.alreadyExists` if the name is taken.
    func addServiceAccount(_ name: String, by change: ChangeAuthor) throws {
        let isAdded = try exists(
            """
            INSERT INTO service_accounts (name, folded_name, created_at) VALUES (?1, ?2, ?3)
            ON CONFLICT DO NOTHING RETURNING id
            """, .text(name), .text(UserFolding.fold(name)), SQLValue(change.at))
        guard isAdded else { throw RegistryError(.alreadyExists, "There is a service account \(name) already.") }
        try record(AuditEntry("service.add", subject: name), by: change)
    }

    /// Throws `.notFound` for an owner that does not exist.
    func tokenOwner(named owner: TokenOwnerName) throws -> StoredTokenOwner {
        let found: StoredTokenOwner? =
            switch owner {
            case .user(let name): try userID(named: name).map { StoredTokenOwner(kind: "user", id: $0) }
            case .group(let name): try groupID(named: name).map { StoredTokenOwner(kind: "group", id: $0) }
            case .service(let name): try serviceID(named: name).map { StoredTokenOwner(kind: "service", id: $0) }
            case .publisher(let publisher):
                StoredTokenOwner(kind: "publisher", id: publisher.id, publisherName: publisher.name)
            }
        guard let found else { throw TokenRefusal.unknownOwner(owner) }
        return found
    }

    /// Returns the password with which a new token ends, its own or that of the token that it is made with.
    ///
    /// - Throws: `.wrongCredentials` if that password or that token is not good any more.
    fileprivate func passwordGeneration(of token: NewToken, ownedBy ownerID: Int64) throws -> Int64? {
        let gone = RegistryError(.wrongCredentials, "The credentials are not good any more.")
        if let generation = token.passwordGeneration {
            guard
                try exists(
                    "SELECT id FROM users WHERE id = ?1 AND password_generation = ?2", .integer(ownerID),
                    .integer(generation))
            else { throw gone }
            return generation
        }
        guard let parent = token.parentID else { return nil }
        let found = try first(
            "SELECT password_generation FROM access_tokens WHERE id = ?1", .integer(parent)
        ) { $0.optionalInteger(0) }
        guard let found else { throw gone }
        return found
    }

    /// Throws `.conflict` if an owner has more tokens than are kept.
    fileprivate func checkTokenCount(
        of owner: StoredTokenOwner, isSession: Bool, _ name: TokenOwnerName
    ) throws {
        let count = try first(
            TokenStatements.count, .text(owner.kind), .integer(owner.id), SQLValue(isSession)
        ) { $0.integer(0) }
        guard let count, count > TokenRecord.mostOfOneOwner else { return }
        throw RegistryError(
            .conflict,
            """
            \(name) has \(TokenRecord.mostOfOneOwner) \(isSession ? "sessions" : "tokens"), the most that are kept: \
            revoke some first\(isSession ? ", or wait until they end" : "").
            """)
    }

    /// Adds the row of a token and returns its id; nil if there is one with its digest, or of its owner with its name.
    func insert(
        _ token: NewToken, ownedBy owner: StoredTokenOwner, _ generation: Int64? = nil, isDeclared: Bool = false,
        by change: ChangeAuthor
    ) throws -> Int64? {
        try first(
            """
            INSERT INTO access_tokens (secret_digest, owner_kind, owner_id, owner_name, name, is_session, rights,
                index_names, project_names, parent_id, password_generation, created_by, created_at, expires_at,
                is_declared)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
            ON CONFLICT DO NOTHING RETURNING id
            """,
            SQLValue(token.digest), .text(owner.kind), .integer(owner.id), SQLValue(owner.publisherName),
            .text(token.name), SQLValue(token.isSession), SQLValue(token.scope.rights?.storedList),
            SQLValue(token.scope.indexes?.storedList), SQLValue(token.scope.projects?.storedList),
            SQLValue(token.parentID), SQLValue(generation), .text(change.name), SQLValue(change.at),
            SQLValue(token.expiresAt?.microseconds), SQLValue(isDeclared)
        ) { $0.integer(0) }
    }

    /// Notes in the audit that a token was made, and returns it.
    @discardableResult
    func recordMaking(ofToken id: Int64, by change: ChangeAuthor) throws -> TokenRecord {
        guard let record = try token(withID: id) else { throw StoredValue.contradiction("a token", "\(id)") }
        try self.record(
            AuditEntry(
                record.isSession ? "token.session" : "token.create", subject: record.name,
                detail: "\(record.owner): \(record.scope)"),
            by: change)
        return record
    }

    /// Removes a token, with those that were made with it.
    func revoke(_ token: TokenRecord, by change: ChangeAuthor) throws {
        try removeToken(withID: token.id)
        try record(AuditEntry("token.revoke", subject: token.name, detail: "\(token.owner)"), by: change)
    }

    func token(withID id: Int64) throws -> TokenRecord? {
        try first(TokenStatements.one, .integer(id)) { try TokenRecord($0) }
    }

    fileprivate func tokenHolder(of digest: SHA256Digest, at now: Timestamp) throws -> TokenHolder? {
        let found = try first(TokenStatements.byDigest, SQLValue(digest)) { row in
            (record: try TokenRecord(row), ownerID: row.integer(12), generation: row.optionalInteger(13))
        }
        guard let found else { return nil }
        let record = found.record
        let owner: TokenOwner
        switch record.owner {
        case .user(let name):
            guard let user = try user(named: name, at: now), user.id == found.ownerID, user.isActive,
                found.generation == nil || found.generation == user.passwordGeneration
            else { return nil }
            owner = .person(user.person)
        case .group(let name): owner = .group(NamedOwner(id: found.ownerID, name: name))
        case .service(let name): owner = .service(NamedOwner(id: found.ownerID, name: name))
        case .publisher(let publisher):
            guard let found = try publisherOwner(ofToken: record.id, publisher) else { return nil }
            owner = .publisher(found)
        }
        return TokenHolder(
            id: record.id, name: record.name, owner: owner, scope: record.scope, expiresAt: record.expiresAt,
            isSession: record.isSession)
    }
}

extension Set<Right> {
    /// The rights as their column holds them.
    fileprivate var storedList: String { map(\.rawValue).sorted().joined(separator: ",") }
}

extension Set where Element: CustomStringConvertible {
    /// The names as their column holds them.
    fileprivate var storedList: String { map(\.description).sorted().joined(separator: ",") }
}

extension Timestamp {
    /// 30 days before: expired tokens are listed for so long.
    fileprivate var monthBefore: Timestamp { adding(microseconds: -30 * 86_400 * 1_000_000) }
}

extension TokenRecord {
    /// Reads a row of `TokenStatements.all`.
    init(_ row: any SQLRow) throws {
        self.init(
            id: row.integer(0), name: row.text(1), owner: try Self.owner(row),
            scope: TokenScope(
                rights: try Self.list(row.optionalText(4)) { text in
                    guard let right = Right(rawValue: text) else { throw StoredValue.contradiction("a right", text) }
                    return right
                },
                indexes: try Self.list(row.optionalText(5), StoredValue.index),
                projects: try Self.list(row.optionalText(6), StoredValue.name)),
            isSession: row.flag(7), createdBy: row.text(8), createdAt: row.timestamp(9),
            expiresAt: row.optionalTimestamp(10), lastUsedAt: row.optionalTimestamp(11), isDeclared: row.flag(14))
    }

    private static func owner(_ row: any SQLRow) throws -> TokenOwnerName {
        let name = row.text(3)
        switch row.text(2) {
        case "user": return .user(name)
        case "group": return .group(name)
        case "service": return .service(name)
        case "publisher": return .publisher(NamedOwner(id: row.integer(12), name: name))
        default: throw StoredValue.contradiction("an owner", row.text(2))
        }
    }

    private static func list<Element: Hashable>(
        _ text: String?, _ read: (String) throws -> Element
    ) throws -> Set<Element>? {
        guard let text else { return nil }
        return Set(try text.split(separator: ",").map { try read(String($0)) })
    }
}

/// The statements that read and change tokens.
enum TokenStatements {
    /// Only tokens whose owner exists.
    private static let columns = """
        SELECT t.id, t.name, t.owner_kind, COALESCE(u.name, g.name, s.name, t.owner_name), t.rights, t.index_names,
            t.project_names, t.is_session, t.created_by, t.created_at, t.expires_at, t.last_used_at, t.owner_id,
            t.password_generation, t.is_declared, t.secret_digest
        FROM access_tokens t
        LEFT JOIN users u ON t.owner_kind = 'user' AND u.id = t.owner_id
        LEFT JOIN groups g ON t.owner_kind = 'group' AND g.id = t.owner_id
        LEFT JOIN service_accounts s ON t.owner_kind = 'service' AND s.id = t.owner_id
        WHERE COALESCE(u.name, g.name, s.name, t.owner_name) IS NOT NULL
        """

    static let all = columns + " ORDER BY t.owner_kind, 4, t.name, t.id"

    static let ofOwner = columns + " AND t.owner_kind = ?1 AND t.owner_id = ?2 ORDER BY t.name, t.id"

    static let one = columns + " AND t.id = ?1"

    static let byDigest = columns + " AND t.secret_digest = ?1"

    static let count = """
        SELECT COUNT(*) FROM access_tokens WHERE owner_kind = ?1 AND owner_id = ?2 AND is_session = ?3
        """

    /// Those that the configuration declares.
    static let declared = columns + " AND t.is_declared = 1 ORDER BY t.id"

    static let sessionsOfUser = """
        SELECT id FROM access_tokens WHERE owner_kind = 'user' AND owner_id = ?1 AND is_session = 1
        """

    /// Sessions as soon as they have expired, others 30 days later.
    static let removeExpired = """
        DELETE FROM access_tokens
        WHERE (expires_at < ?2 AND is_declared = 0) OR (expires_at < ?1 AND is_session = 1)
        """

    static let use = """
        UPDATE access_tokens SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)
        """
}
