package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func accessRules() async throws -> AccessRules {
        try await driver.read { connection in
            let epoch = try connection.first(IndexStatements.epochs) { $0.integer(0) }
            let closed = try connection.all(AccessStatements.closed) { row in
                ProjectPlace(
                    index: try StoredValue.index(row.text(0)), project: try StoredValue.name(row.text(1)))
            }
            return AccessRules(epoch: epoch ?? 0, grants: try connection.grants().map(\.grant), closed: closed)
        }
    }

    package func grants() async throws -> [GrantRecord] {
        try await driver.read { try $0.grants() }
    }

    package func addGrant(
        of right: Right, to principal: Principal, on scope: GrantScope, by change: ChangeAuthor
    ) async throws -> GrantChange {
        try await driver.write { connection in
            let added = try connection.addGrant(of: right, to: principal, on: scope, by: change)
            if added.isChange { try connection.checkCount(of: scope) }
            return added
        }
    }

    package func removeGrant(_ id: Int64, by change: ChangeAuthor) async throws -> GrantChange? {
        try await driver.write { connection in
            guard let record = try connection.grant(withID: id) else { return nil }
            guard !record.isDeclared else {
                throw RegistryError(
                    .conflict,
                    """
                    The configuration declares that \(record.principal) has \(record.grant.right.rawValue) on \
                    \(record.grant.scope): take it out there, from add in [grants], and restart the server.
                    """)
            }
            return try connection.remove(record, by: change)
        }
    }

    package func owner(of project: NormalizedName, in index: IndexName) async throws -> Int64? {
        try await driver.read { connection in
            try connection.first(AccessStatements.owner, .text(index.description), SQLValue(project)) {
                $0.optionalInteger(0)
            } ?? nil
        }
    }

    package func projects(ownedBy userID: Int64) async throws -> [ProjectPlace] {
        try await driver.read { connection in
            try connection.all(AccessStatements.ownedProjects, .integer(userID)) { row in
                guard let index = IndexName(row.text(0)) else {
                    throw StoredValue.contradiction("an index", row.text(0))
                }
                return ProjectPlace(index: index, project: try StoredValue.name(row.text(1)))
            }
        }
    }

    package func ownsProject(_ userID: Int64, in index: IndexName) async throws -> Bool {
        try await driver.read { connection in
            try connection.exists(AccessStatements.owned, .integer(userID), .text(index.description))
        }
    }
}

/// What the row of a grant says of its scope.
private struct GrantColumns {
    /// Nil for the server.
    let index: IndexRow?
    let name: String
    let isPrefix: Bool

    var indexID: Int64 { index?.id ?? 0 }

    /// Throws `.notFound` for an index that the database does not know.
    init(_ scope: GrantScope, _ connection: any SQLConnection) throws {
        index = try scope.index.map { try connection.requiredIndex(named: $0) }
        switch scope.pattern {
        case nil:
            name = ""
            isPrefix = false
        case .name(let project)?:
            name = project.description
            isPrefix = false
        case .prefix(let prefix)?:
            name = prefix
            isPrefix = true
        }
    }
}

extension SQLConnection {
    func grants() throws -> [GrantRecord] {
        try all(AccessStatements.grants) { try GrantRecord($0) }
    }

    fileprivate func grant(withID id: Int64) throws -> GrantRecord? {
        try first(AccessStatements.grant, .integer(id)) { try GrantRecord($0) }
    }

    /// Gives a right, and changes nothing if it is given already.
    ///
    /// - Throws: `.notFound` for a principal or an index that does not exist.
    func addGrant(
        of right: Right, to principal: Principal, on scope: GrantScope, by change: ChangeAuthor
    ) throws -> GrantChange {
        let columns = try GrantColumns(scope, self)
        let (kind, principalID) = try granted(principal)
        var affected: [ProjectRow] = []
        if let index = columns.index {
            // From here on nobody adds a project to the index.
            try lockIndex(index.id)
            affected = try projectsWithoutGrants(among: columns, in: index)
        }
        let id = try first(
            """
            INSERT INTO access_grants (index_id, project_name, is_prefix, principal_kind, principal_id,
                access_right, granted_by, granted_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING RETURNING id
            """,
            .integer(columns.indexID), .text(columns.name), SQLValue(columns.isPrefix), .text(kind),
            .integer(principalID), .text(right.rawValue), .text(change.name), SQLValue(change.at)
        ) { $0.integer(0) }
        guard let id else {
            let given = try first(
                AccessStatements.given, .integer(columns.indexID), .text(columns.name),
                SQLValue(columns.isPrefix), .text(kind), .integer(principalID), .text(right.rawValue)
            ) { try GrantRecord($0) }
            guard let given else { throw StoredValue.contradiction("a grant", "none") }
            return GrantChange(record: given, isChange: false)
        }
        guard let record = try grant(withID: id) else { throw StoredValue.contradiction("a grant", "\(id)") }
        return try finish(record, "grant.add", affected, in: columns.index, by: change)
    }

    /// Takes a grant back. Returns nil if there is none any more.
    func remove(_ record: GrantRecord, by change: ChangeAuthor) throws -> GrantChange? {
        let columns = try GrantColumns(record.grant.scope, self)
        if let index = columns.index { try lockIndex(index.id) }
        guard try exists("DELETE FROM access_grants WHERE id = ?1 RETURNING id", .integer(record.id)) else {
            return nil
        }
        var affected: [ProjectRow] = []
        if let index = columns.index { affected = try projectsWithoutGrants(among: columns, in: index) }
        return try finish(record, "grant.remove", affected, in: columns.index, by: change)
    }

    /// Throws `.conflict` if there are more grants on a scope than are kept.
    fileprivate func checkCount(of scope: GrantScope) throws {
        let columns = try GrantColumns(scope, self)
        let count = try first(
            AccessStatements.count, .integer(columns.indexID), .text(columns.name), SQLValue(columns.isPrefix)
        ) { $0.integer(0) }
        guard let count, count > GrantRecord.mostOnOneScope else { return }
        throw RegistryError(
            .conflict,
            """
            There are \(GrantRecord.mostOnOneScope) grants on \(scope), the most that are kept: give the right to a \
            group instead.
            """)
    }

    /// Returns the kind and the id by which a grant names a principal.
    ///
    /// - Throws: `.notFound` if there is no such person or group.
    fileprivate func granted(_ principal: Principal) throws -> (kind: String, id: Int64) {
        let id: Int64?
        switch principal {
        case .everyone: return ("everyone", 0)
        case .authenticated: return ("authenticated", 0)
        case .user(let name): id = try userID(named: name)
        case .group(let name): id = try groupID(named: name)
        case .service(let name): id = try serviceID(named: name)
        }
        guard let id else { throw RegistryError(.notFound, "There is no \(principal.noun) \(principal.name).") }
        return (principal.kind, id)
    }

    /// Returns those of the projects that a grant concerns that have no grants of their own now.
    fileprivate func projectsWithoutGrants(among columns: GrantColumns, in index: IndexRow) throws -> [ProjectRow] {
        guard !columns.name.isEmpty else { return [] }
        let names: [NormalizedName]
        if columns.isPrefix {
            names = try all(
                "SELECT name FROM projects WHERE index_id = ?1 AND substr(name, 1, ?2) = ?3 ORDER BY name",
                .integer(index.id), SQLValue(columns.name.utf8.count), .text(columns.name)
            ) { try StoredValue.name($0.text(0)) }
        } else {
            names = [try StoredValue.name(columns.name)]
        }
        return try names.compactMap { name in
            try hasGrants(name, in: index) ? nil : project(name, in: index)
        }
    }

    /// Ends a change of the grants: counts it, records it, and writes the manifests of the projects that have got their
    /// first grant with it, or lost their last.
    fileprivate func finish(
        _ record: GrantRecord, _ action: String, _ affected: [ProjectRow], in index: IndexRow?, by change: ChangeAuthor
    ) throws -> GrantChange {
        var serial: Int64?
        if let index, !affected.isEmpty {
            let next = try nextSerial(of: index)
            serial = next
            for project in affected {
                // A project that is closed is so no longer: it has been granted again.
                try execute("UPDATE projects SET is_closed = 0 WHERE id = ?1", .integer(project.id))
                try touch(project, serial: next, at: change.at.microseconds)
                try enqueueManifest(
                    of: try self.project(withID: project.id), serial: next, changedBy: change.name,
                    changedAt: change.at.microseconds)
            }
        }
        try bumpAccessEpoch()
        try self.record(
            AuditEntry(
                action, index: record.grant.scope.index, project: record.grant.scope.pattern?.description,
                subject: record.principal, detail: record.grant.right.rawValue),
            by: change)
        return GrantChange(record: record, isChange: true, projects: affected.map(\.name), serial: serial)
    }
}

extension GrantRecord {
    /// Reads a row of `AccessStatements.grants`.
    fileprivate init(_ row: any SQLRow) throws {
        guard let right = Right(rawValue: row.text(4)) else { throw StoredValue.contradiction("a right", row.text(4)) }
        guard let grantee = Grantee(kind: row.text(2), id: row.integer(3)) else {
            throw StoredValue.contradiction("a principal", row.text(2))
        }
        self.init(
            id: row.integer(0), grant: Grant(right, to: grantee, on: try Self.scope(row)),
            principal: Self.principal(grantee, named: row.optionalText(1)), grantedBy: row.text(5),
            grantedAt: row.timestamp(6), isDeclared: row.flag(10))
    }

    private static func scope(_ row: any SQLRow) throws -> GrantScope {
        guard !row.isNull(7) else { return .server }
        let index = try StoredValue.index(row.text(7))
        let name = row.text(8)
        if name.isEmpty { return .index(index) }
        if row.flag(9) { return .projects(index, .prefix(name)) }
        return .projects(index, .name(try StoredValue.name(name)))
    }

    private static func principal(_ grantee: Grantee, named name: String?) -> String {
        switch grantee {
        case .everyone: "everyone"
        case .authenticated: "authenticated"
        case .user(let id): "user:" + (name ?? "#\(id)")
        case .group(let id): "group:" + (name ?? "#\(id)")
        case .service(let id): "service:" + (name ?? "#\(id)")
        }
    }
}

extension Grantee {
    /// Reads what a row says of its principal; returns nil for an unknown kind.
    fileprivate init?(kind: String, id: Int64) {
        switch kind {
        case "everyone": self = .everyone
        case "authenticated": self = .authenticated
        case "user": self = .user(id)
        case "group": self = .group(id)
        case "service": self = .service(id)
        default: return nil
        }
    }
}

extension Principal {
    fileprivate var kind: String {
        switch self {
        case .everyone: "everyone"
        case .authenticated: "authenticated"
        case .user: "user"
        case .group: "group"
        case .service: "service"
        }
    }

    /// What it is called in messages.
    fileprivate var noun: String {
        if case .service = self { "service account" } else { kind }
    }

    fileprivate var name: String {
        switch self {
        case .everyone, .authenticated: ""
        case .user(let name), .group(let name), .service(let name): name
        }
    }
}

/// The statements that read grants and owners.
enum AccessStatements {
    private static let columns = """
        SELECT g.id, COALESCE(u.name, m.name, s.name), g.principal_kind, g.principal_id, g.access_right, g.granted_by,
            g.granted_at, i.name, g.project_name, g.is_prefix, g.is_declared
        FROM access_grants g
        LEFT JOIN indexes i ON i.id = g.index_id
        LEFT JOIN users u ON g.principal_kind = 'user' AND u.id = g.principal_id
        LEFT JOIN groups m ON g.principal_kind = 'group' AND m.id = g.principal_id
        LEFT JOIN service_accounts s ON g.principal_kind = 'service' AND s.id = g.principal_id
        """

    static let grants = columns + " ORDER BY g.id"

    static let grant = columns + " WHERE g.id = ?1"

    static let given =
        columns + """
             WHERE g.index_id = ?1 AND g.project_name = ?2 AND g.is_prefix = ?3 AND g.principal_kind = ?4
            AND g.principal_id = ?5 AND g.access_right = ?6
            """

    static let count = """
        SELECT COUNT(*) FROM access_grants WHERE index_id = ?1 AND project_name = ?2 AND is_prefix = ?3
        """

    static let closed = """
        SELECT i.name, p.name FROM indexes i CROSS JOIN projects p WHERE p.index_id = i.id AND p.is_closed = 1
        """

    static let owner = """
        SELECT p.owner_id FROM indexes i CROSS JOIN projects p
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2
        """

    static let ownedProjects = """
        SELECT i.name, p.name FROM projects p JOIN indexes i ON i.id = p.index_id
        WHERE p.owner_id = ?1 ORDER BY i.name, p.name
        """

    static let owned = """
        SELECT p.id FROM indexes i CROSS JOIN projects p
        WHERE i.name = ?2 AND p.index_id = i.id AND p.owner_id = ?1 LIMIT 1
        """
}
