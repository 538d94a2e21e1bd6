package import Registry

extension SQLDatabase {
    package func declare(_ declaration: Declaration, by change: ChangeAuthor) async throws -> DeclarationChange {
        let wanted = DeclaredState(declaration)
        guard try await driver.read({ try $0.declaredState() != wanted }) else {
            return DeclarationChange(isChange: false)
        }
        return try await driver.write { connection in
            // Of several processes that start at once with the same configuration, the others find it done.
            try connection.lockAccess()
            let present = try connection.declaredState()
            guard present != wanted else { return DeclarationChange(isChange: false) }
            try connection.declarePeople(wanted.people, inPlaceOf: present.people, by: change)
            if present.groups != wanted.groups { try connection.declareGroups(wanted.groups) }
            try connection.declareServiceAccounts(of: declaration.tokens, by: change)
            let grants = try connection.declareGrants(declaration.grants, by: change)
            try connection.declareTokens(declaration.tokens, by: change)
            try connection.declarePublishers(declaration.publishers, by: change)
            try connection.bumpAccessEpoch()
            return DeclarationChange(isChange: true, grants: grants)
        }
    }
}

/// What is declared, in a form in which the configuration and the database can be compared.
private struct DeclaredState: Equatable {
    /// A grant, with its principal as the list of grants shows it, in lowercase if it is a person or a service account.
    struct Given: Hashable {
        let right: Right
        let principal: String
        let scope: GrantScope

        init(_ right: Right, to principal: String, on scope: GrantScope) {
            self.right = right
            let isFolded = principal.hasPrefix("user:") || principal.hasPrefix("service:")
            self.principal = isFolded ? UserFolding.fold(principal) : principal
            self.scope = scope
        }

        init(_ record: GrantRecord) {
            self.init(record.grant.right, to: record.principal, on: record.grant.scope)
        }
    }

    /// The people by their folded names.
    var people: [String: DeclaredPerson] = [:]
    /// The folded names of the members of each group.
    var groups: [String: Set<String>] = [:]
    var grants: Set<Given> = []
    var tokens: Set<DeclaredToken> = []
    var publishers: Set<NewPublisher> = []

    init() {}

    init(_ declaration: Declaration) {
        for person in declaration.people { people[UserFolding.fold(person.name)] = person }
        groups = declaration.groups.mapValues { Set($0.map(UserFolding.fold)) }
        grants = Set(declaration.grants.map { Given($0.right, to: $0.principal.description, on: $0.scope) })
        tokens = Set(declaration.tokens.map(\.folded))
        publishers = Set(declaration.publishers)
    }
}

extension SQLConnection {
    fileprivate func declaredState() throws -> DeclaredState {
        var state = DeclaredState()
        let people = try all(DeclaredStatements.people) { row in
            DeclaredPerson(name: row.text(0), passwordHash: row.text(1), isAdministrator: row.flag(2))
        }
        for person in people { state.people[UserFolding.fold(person.name)] = person }
        state.groups = try declaredGroups()
        state.grants = Set(try grants().filter(\.isDeclared).map(DeclaredState.Given.init))
        state.tokens = try declaredTokens()
        state.publishers = try declaredPublishers()
        return state
    }

    // MARK: People

    fileprivate func declarePeople(
        _ wanted: [String: DeclaredPerson], inPlaceOf present: [String: DeclaredPerson], by change: ChangeAuthor
    ) throws {
        for (folded, person) in present.sorted(by: { $0.key < $1.key }) where wanted[folded] == nil {
            try withdraw(folded)
            try record(AuditEntry("user.remove", subject: person.name), by: change)
        }
        for (folded, person) in wanted.sorted(by: { $0.key < $1.key }) where present[folded] != person {
            try declare(person, folded, by: change)
        }
    }

    /// Removes a declared person, and remembers the id for the case that the same person is declared again.
    private func withdraw(_ folded: String) throws {
        let id = try first(
            """
            INSERT INTO withdrawn_users (id, folded_name, declared_hash, password_generation, created_at)
            SELECT id, folded_name, declared_hash, password_generation, created_at FROM users
            WHERE folded_name = ?1 AND declared_hash IS NOT NULL RETURNING id
            """, .text(folded)
        ) { $0.integer(0) }
        if let id { try deleteUser(id) }
    }

    private func declare(_ person: DeclaredPerson, _ folded: String, by change: ChangeAuthor) throws {
        let known = try first(
            "SELECT id, declared_hash, is_administrator FROM users WHERE folded_name = ?1", .text(folded)
        ) { (id: $0.integer(0), hash: $0.optionalText(1), isAdministrator: $0.flag(2)) }
        let role = person.isAdministrator ? "administrator" : "user"
        guard let known else {
            if try !restore(person, folded) { try insert(person, folded, by: change) }
            return try record(AuditEntry("user.add", subject: person.name, detail: role), by: change)
        }
        try execute(
            "UPDATE users SET name = ?2, is_administrator = ?3 WHERE id = ?1", .integer(known.id),
            .text(person.name), SQLValue(person.isAdministrator))
        if known.hash != person.passwordHash {
            try execute(
                """
                UPDATE users SET password_hash = ?2, declared_hash = ?2, password_generation = password_generation + 1
                WHERE id = ?1
                """, .integer(known.id), .text(person.passwordHash))
            let action = known.hash == nil ? "user.declare" : "user.password"
            try record(AuditEntry(action, subject: person.name), by: change)
        }
        if known.isAdministrator != person.isAdministrator {
            try record(AuditEntry("user.admin", subject: person.name, detail: role), by: change)
        }
    }

    private func insert(_ person: DeclaredPerson, _ folded: String, by change: ChangeAuthor) throws {
        try execute(
            """
            INSERT INTO users (name, folded_name, password_hash, password_generation, is_administrator, is_service,
                created_at, declared_hash)
            VALUES (?1, ?2, ?3, 1, ?4, 0, ?5, ?3)
            """,
            .text(person.name), .text(folded), .text(person.passwordHash), SQLValue(person.isAdministrator),
            SQLValue(change.at))
    }

    /// Gives somebody who was declared before with this name and this hash their id back. Returns false for nobody.
    private func restore(_ person: DeclaredPerson, _ folded: String) throws -> Bool {
        let id = try first(DeclaredStatements.withdrawn, .text(folded), .text(person.passwordHash)) { $0.integer(0) }
        guard let id else { return false }
        try execute(
            """
            INSERT INTO users (id, name, folded_name, password_hash, password_generation, is_administrator, is_service,
                created_at, declared_hash)
            SELECT id, ?2, folded_name, declared_hash, password_generation + 1, ?3, 0, created_at, declared_hash
            FROM withdrawn_users WHERE id = ?1
            """, .integer(id), .text(person.name), SQLValue(person.isAdministrator))
        try execute("DELETE FROM withdrawn_users WHERE id = ?1", .integer(id))
        return true
    }

    // MARK: Grants

    fileprivate func declareGrants(_ wanted: [DeclaredGrant], by change: ChangeAuthor) throws -> [GrantChange] {
        var changes: [GrantChange] = []
        var kept: Set<Int64> = []
        // What is given comes first: no project is without grants of its own in between.
        for grant in wanted {
            let added = try addGrant(of: grant.right, to: grant.principal, on: grant.scope, by: change)
            if !added.record.isDeclared {
                try execute("UPDATE access_grants SET is_declared = 1 WHERE id = ?1", .integer(added.record.id))
            }
            if added.isChange { changes.append(added) }
            kept.insert(added.record.id)
        }
        for record in try grants() where record.isDeclared && !kept.contains(record.id) {
            if let removed = try remove(record, by: change) { changes.append(removed) }
        }
        return changes
    }
}

/// The statements that read what is declared.
enum DeclaredStatements {
    static let people = "SELECT name, declared_hash, is_administrator FROM users WHERE declared_hash IS NOT NULL"

    static let withdrawn = """
        SELECT id FROM withdrawn_users WHERE folded_name = ?1 AND declared_hash = ?2 ORDER BY id DESC LIMIT 1
        """
}
