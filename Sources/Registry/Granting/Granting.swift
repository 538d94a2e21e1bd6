public import PackagingStandards

/// Gives rights to people and groups, and takes them back.
public struct Granting: Sendable {
    let permissions: Permissions
    let rights: ProjectRights
    let database: any AccessDatabase & PeopleDatabase & TokenDatabase & NameDatabase
    let invalidation: Invalidation
    let outbox: Outbox
    let freshness: Freshness
    let clock: WallClock

    /// The rights that the owner of a project gives and takes: the others stay with those who administer the index.
    private static let ownersRights: Set<Right> = [.read, .write, .cacheUpdate]

    // MARK: Grants

    /// Gives a right. Returns the grant, and whether it is new.
    ///
    /// For those who administer the scope, and for the owner of a project as far as reading, writing and cache updates
    /// go. Throws `.notFound` for a principal that does not exist, and `.invalidRequest` for `admin` given to everyone or
    /// to all who log in.
    public func add(
        _ right: Right, to principal: Principal, on scope: GrantScope, caller: Caller
    ) async throws -> (record: GrantRecord, isNew: Bool) {
        try await requireGranting(of: right, on: scope, by: caller)
        if right == .administer, principal == .everyone || principal == .authenticated {
            throw RegistryError(.invalidRequest, "The right admin goes to users, groups and service accounts only.")
        }
        let change = try await database.addGrant(
            of: right, to: principal, on: scope, by: ChangeAuthor(caller, at: clock.now()))
        try await finish(change, in: scope)
        return (change.record, change.isChange)
    }

    /// Takes a grant back, and returns it. If it was the last one of a project's own, the lists of the index count for it
    /// again.
    ///
    /// For those who may give it. Throws `.notFound` if there is none with this id, or the caller may not know of it.
    @discardableResult
    public func remove(_ id: Int64, caller: Caller) async throws -> GrantRecord {
        guard caller.isKnown else { throw RegistryError(.authenticationRequired, "You must log in to remove grants.") }
        let unknown = RegistryError(.notFound, "There is no grant with the number \(id) that you may remove.")
        guard let record = try await database.grants().first(where: { $0.id == id }) else { throw unknown }
        do {
            try await requireGranting(of: record.grant.right, on: record.grant.scope, by: caller)
        } catch let error as RegistryError where error.code == .forbidden || error.code == .notFound {
            throw unknown
        }
        guard let change = try await database.removeGrant(id, by: ChangeAuthor(caller, at: clock.now())) else {
            throw unknown
        }
        try await finish(change, in: record.grant.scope)
        return change.record
    }

    /// Takes the grant of a right back that names a principal as the list of grants shows it, such as `user:ada`, or
    /// `user:#7` for one that was removed. Throws `.notFound` if there is none.
    @discardableResult
    public func remove(
        _ right: Right, from principal: String, on scope: GrantScope, caller: Caller
    ) async throws -> GrantRecord {
        try await requireGranting(of: right, on: scope, by: caller)
        let found = try await database.grants().first { record in
            record.grant.right == right && record.grant.scope == scope
                && Self.folded(record.principal) == Self.folded(principal)
        }
        guard let found else {
            throw RegistryError(.notFound, "\(principal) has no grant of \(right.rawValue) on \(scope).")
        }
        return try await remove(found.id, caller: caller)
    }

    /// Returns grants: all of them, those in an index, or those that count for one project as its own.
    ///
    /// For those who administer that, and for the owner of the project.
    public func grants(
        in index: IndexName? = nil, of project: NormalizedName? = nil, caller: Caller
    ) async throws -> [GrantRecord] {
        guard let index else {
            try permissions.requireAdministrator(caller, to: "list all grants")
            return try await database.grants()
        }
        try await requireLooking(at: project, in: index, caller, to: "list grants")
        return try await database.grants().filter { record in
            guard record.grant.scope.index == index else { return false }
            return project.map { record.grant.scope.pattern?.matches($0) == true } ?? true
        }
    }

    /// Throws if a caller may not know what was given to whom in an index, or on one of its projects.
    func requireLooking(
        at project: NormalizedName?, in index: IndexName, _ caller: Caller, to action: String
    ) async throws {
        if let project, try await rights.mayGrant(on: project, in: index, caller) { return }
        _ = try permissions.settings(of: index, for: caller, holding: .administer, project, to: action)
    }

    /// Throws if a caller may not give a right.
    func requireGranting(
        of right: Right, on scope: GrantScope, by caller: Caller, to action: String = "change grants"
    ) async throws {
        switch scope {
        case .server:
            try permissions.requireAdministrator(caller, to: "\(action) on the server")
        case .index(let index), .projects(let index, .prefix):
            _ = try permissions.settings(of: index, for: caller, holding: .administer, to: action)
        case .projects(let index, .name(let project)):
            if Self.ownersRights.contains(right), try await rights.mayGrant(on: project, in: index, caller) { return }
            _ = try permissions.settings(of: index, for: caller, holding: .administer, project, to: action)
        }
    }

    /// Puts a change into force in this process before it is answered; others look before their next answers.
    private func finish(_ change: GrantChange, in scope: GrantScope) async throws {
        if let serial = change.serial, let index = scope.index {
            for project in change.projects { invalidation.filesChanged(of: project, serial: serial, in: index) }
        }
        try await outbox.flush()
        try await freshness.ensureCurrent()
    }

    /// Names of users and service accounts are alike whatever their case; group names differ.
    private static func folded(_ principal: String) -> String {
        principal.hasPrefix("user:") || principal.hasPrefix("service:") ? principal.lowercased() : principal
    }

    // MARK: Groups

    /// Returns all groups; for administrators.
    public func groups(caller: Caller) async throws -> [GroupRecord] {
        try permissions.requireAdministrator(caller, to: "list groups")
        return try await database.groups()
    }

    /// Adds a group without members; for administrators. Throws `.alreadyExists`, and `.invalidRequest` for a name that
    /// none can have.
    public func addGroup(_ name: String, caller: Caller) async throws {
        try permissions.requireAdministrator(caller, to: "add groups")
        guard UserName.isValid(name) else {
            throw RegistryError(
                .invalidRequest,
                """
                The name of a group has ASCII letters, digits and . _ @ + -, begins with a letter or digit, and has at \
                most 64 characters.
                """)
        }
        try await database.addGroup(name, by: ChangeAuthor(caller, at: clock.now()))
        try await freshness.ensureCurrent()
    }

    /// Removes a group; for administrators. What was granted to it stays closed to others.
    ///
    /// Throws `.notFound`, and `.conflict` for one that the configuration declares.
    public func removeGroup(_ name: String, caller: Caller) async throws {
        try permissions.requireAdministrator(caller, to: "remove groups")
        try await database.removeGroup(name, by: ChangeAuthor(caller, at: clock.now()))
        try await freshness.ensureCurrent()
    }

    /// Makes a person a member of a group; for administrators. Returns false if they are one.
    ///
    /// Throws `.notFound`, and `.conflict` for a group that the configuration declares.
    @discardableResult
    public func addMember(_ user: String, to group: String, caller: Caller) async throws -> Bool {
        try permissions.requireAdministrator(caller, to: "change groups")
        let isNew = try await database.addMember(user, to: group, by: ChangeAuthor(caller, at: clock.now()))
        try await freshness.ensureCurrent()
        return isNew
    }

    /// Ends a membership; for administrators. Returns false if there is none. Throws as `addMember` does.
    @discardableResult
    public func removeMember(_ user: String, from group: String, caller: Caller) async throws -> Bool {
        try permissions.requireAdministrator(caller, to: "change groups")
        let isChange = try await database.removeMember(user, from: group, by: ChangeAuthor(caller, at: clock.now()))
        try await freshness.ensureCurrent()
        return isChange
    }

    // MARK: Explanations

    /// Returns for each right whether somebody holds it for a project, and by which rule; for administrators.
    ///
    /// - Parameters:
    ///   - name: The name of a person, or `group:<name>` or `service:<name>`.
    ///   - token: The name of a token of theirs; nil for themselves.
    ///   - project: The project, which need not exist.
    ///   - index: The index.
    ///   - caller: Who asks.
    /// - Returns: All rights.
    /// - Throws: `.notFound` for an index, a person, a group, a service account or a token that does not exist.
    public func explain(
        _ name: String, token: String? = nil, project: NormalizedName, in index: IndexName, caller: Caller
    ) async throws -> [ExplainedRight] {
        try permissions.requireAdministrator(caller, to: "ask what others may do")
        let settings = try permissions.indexes.settings(of: index)
        let owner = try await self.owner(name)
        var scope = TokenScope.everything
        if let token { scope = try await self.scope(of: token, ownedBy: owner) }
        let records = try await database.grants()
        let decision = permissions.decision(
            on: project, ownedBy: try await database.owner(of: project, in: index), in: settings)
        let holder = TokenHolder(id: 0, name: token ?? "", owner: owner, scope: scope, expiresAt: nil)
        return Self.explain(decision, for: .token(holder), records)
    }

    /// Returns for each right whether the caller holds it in an index, or for one of its projects, and by which rule.
    ///
    /// - Parameters:
    ///   - project: The project; nil for the index: for projects without grants of their own.
    ///   - index: The index.
    ///   - caller: Who asks about themselves.
    /// - Returns: All rights.
    /// - Throws: What reading the index or the project does: of what the caller may not know, nothing is said.
    public func ownRights(
        on project: NormalizedName? = nil, in index: IndexName, caller: Caller
    ) async throws -> [ExplainedRight] {
        guard caller.isKnown else {
            throw RegistryError(.authenticationRequired, "You must log in to see what you may do.")
        }
        var ownerID: Int64?
        let settings: IndexSettings
        if let project {
            ownerID = try await database.owner(of: project, in: index)
            settings = try await settingsOfKnown(project, ownedBy: ownerID, in: index, caller)
        } else {
            try permissions.requireKnowing(index, caller)
            settings = try permissions.indexes.settings(of: index)
        }
        let decision = permissions.decision(on: project, ownedBy: ownerID, in: settings)
        return Self.explain(decision, for: caller, try await database.grants())
    }

    /// Returns the settings of an index in which the caller may know of a project: by reading it, or by another right.
    private func settingsOfKnown(
        _ project: NormalizedName, ownedBy ownerID: Int64?, in index: IndexName, _ caller: Caller
    ) async throws -> IndexSettings {
        if let settings = permissions.indexes[index] {
            let decision = permissions.decision(on: project, ownedBy: ownerID, in: settings)
            func holds(_ right: Right) -> Bool { decision.ruling(on: right, for: caller) != nil }
            let standsOut = (ownerID != nil && ownerID == caller.personID) || decision.ownGrants != nil
            if standsOut, Right.allCases.contains(where: holds) { return settings }
            if holds(.claim) || holds(.administer) { return settings }
        }
        let settings = try await rights.requireRead(caller, project, in: index)
        // A name that nobody has is answered like one that the caller may not read.
        guard try await database.standing(of: project, in: index).origin != nil else {
            throw permissions.absent(RegistryError(unknownProject: project, in: index), in: index, for: caller)
        }
        return settings
    }

    private static func explain(
        _ decision: AccessDecision, for caller: Caller, _ records: [GrantRecord]
    ) -> [ExplainedRight] {
        Right.allCases.map { right in
            let ruling = decision.ruling(on: right, for: caller)
            return ExplainedRight(
                right: right, isHeld: ruling != nil,
                reason: reason(for: ruling, right, decision, caller, records))
        }
    }

    private static func reason(
        for ruling: AccessRuling?, _ right: Right, _ decision: AccessDecision, _ caller: Caller,
        _ records: [GrantRecord]
    ) -> RightReason {
        switch ruling {
        case .administrator?: .administrator
        case .owner?: .owner
        case .publisher?: .publisher
        case .list(let principal)?: .list(principal, decision.index.name)
        case .grant(let grant)?:
            .grant(records.first { $0.grant == grant }?.principal ?? "somebody", grant.right, grant.scope)
        case nil where !caller.isInScope(right, decision.project, in: decision.index.name):
            .scope(caller.token?.scope ?? .everything)
        case nil where decision.ownGrants?.isEmpty == true: .closed
        case nil where decision.ownGrants != nil: .ownGrants
        case nil: .nothing
        }
    }

    /// Returns the grants that the caller has by name or by a group, in the order in which they were made.
    public func ownGrants(caller: Caller) async throws -> [GrantRecord] {
        guard caller.isKnown else {
            throw RegistryError(.authenticationRequired, "You must log in to see your grants.")
        }
        return try await database.grants().filter { record in
            switch record.grant.grantee {
            case .everyone, .authenticated: false
            case .user, .group, .service: record.grant.grantee.includes(caller)
            }
        }
    }

    /// Returns what a person has; for administrators. Throws `.notFound` if there is no such person.
    public func holdings(ofUser name: String, caller: Caller) async throws -> PersonHoldings {
        try permissions.requireAdministrator(caller, to: "look at what others have")
        guard let user = try await database.user(named: name) else {
            throw RegistryError(.notFound, "There is no user \(name).")
        }
        return PersonHoldings(
            tokens: try await database.tokens(of: .user(user.name)),
            grants: try await database.grants().filter { $0.grant.grantee == .user(user.id) },
            projects: try await database.projects(ownedBy: user.id))
    }

    /// Returns the projects that the caller owns, by index and name: they published the first file.
    public func ownProjects(caller: Caller) async throws -> [ProjectPlace] {
        guard let id = caller.personID else { return [] }
        return try await database.projects(ownedBy: id).filter { permissions.indexes[$0.index] != nil }
    }

    private func owner(_ name: String) async throws -> TokenOwner {
        switch Principal(name) {
        case .group(let group)?:
            if let found = try await database.groups().first(where: { $0.name == group }) {
                return .group(NamedOwner(id: found.id, name: found.name))
            }
            throw RegistryError(.notFound, "There is no group \(group).")
        case .service(let service)?:
            let accounts = try await database.serviceAccounts()
            if let found = accounts.first(where: { $0.name.lowercased() == service.lowercased() }) {
                return .service(NamedOwner(id: found.id, name: found.name))
            }
            throw RegistryError(.notFound, "There is no service account \(service).")
        case let principal:
            let user = if case .user(let user)? = principal { user } else { name }
            guard let found = try await database.user(named: user) else {
                throw RegistryError(.notFound, "There is no user \(user).")
            }
            guard found.isActive else {
                throw RegistryError(
                    .notFound, "\(found.name) may do nothing: \(found.isBlocked ? "blocked here" : "gone outside").")
            }
            return .person(found.person)
        }
    }

    private func scope(of token: String, ownedBy owner: TokenOwner) async throws -> TokenScope {
        let named = TokenOwnerName(owner)
        if let found = try await database.tokens(of: named).first(where: { $0.name == token }) { return found.scope }
        throw RegistryError(.notFound, "\(named) has no token \(token).")
    }
}

/// What a person has: what ends with them, or stays without them.
public struct PersonHoldings: Sendable, Hashable {
    public let tokens: [TokenRecord]
    /// The grants to them, not those of their groups.
    public let grants: [GrantRecord]
    /// The projects that they own.
    public let projects: [ProjectPlace]
}

/// Whether somebody holds a right, and why.
public struct ExplainedRight: Sendable, Hashable {
    public let right: Right
    public let isHeld: Bool
    /// The rule that decides.
    public let reason: RightReason

    /// The rule that decides, for people.
    public var rule: String {
        switch reason {
        case .administrator: "administrators hold every right"
        case .owner: "owners may write"
        case .publisher: "the publisher was given it"
        case .list(let principal, let index): "the list \(right.rawValue) of the index \(index) names \(principal)"
        case .grant(let principal, let right, let scope): "\(principal) has a grant of \(right.rawValue) on \(scope)"
        case .scope(let scope): "the scope of the token is \(scope)"
        case .closed: "closed since a rebuild: the project had grants of its own, and needs new ones"
        case .ownGrants: "the project has grants of its own, which replace the lists, and none gives it"
        case .nothing: "no list and no grant gives it"
        }
    }
}

/// Why somebody holds a right, or does not.
public enum RightReason: Sendable, Hashable {
    /// Administrators hold every right.
    case administrator
    /// The owner of a project may write it.
    case owner
    /// A publisher was given it.
    case publisher
    /// A list of an index names this principal.
    case list(Principal, IndexName)
    /// This principal, by its present name, has a grant of a right.
    case grant(String, Right, GrantScope)
    /// Not in the scope of the token.
    case scope(TokenScope)
    /// The project had grants of its own before a rebuild, and has none now.
    case closed
    /// The project has grants of its own, and none gives it.
    case ownGrants
    /// No list and no grant gives it.
    case nothing
}
