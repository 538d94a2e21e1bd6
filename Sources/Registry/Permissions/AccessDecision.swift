import PackagingStandards

/// The rule by which a caller holds a right.
public enum AccessRuling: Sendable, Hashable {
    /// Administrators hold every right.
    case administrator
    /// A grant gives it.
    case grant(Grant)
    /// The owner of a project may write it.
    case owner
    /// A list of the configuration names this principal.
    case list(Principal)
    /// The publisher was given it for this project or index.
    case publisher
}

/// What an answer about rights depends on, and the answer: no more than a function of these values.
struct AccessDecision {
    let index: IndexSettings
    /// The project in question by its normalized name; nil for the index: for a project without grants of its own.
    let project: NormalizedName?
    /// The id of the person who owns the project, if that is known and matters.
    let ownerID: Int64?
    let rules: AccessRules

    /// Returns the rule by which a caller holds a right, or nil if the caller does not hold it.
    ///
    /// Administrators hold every right, and so does whom `admin` was granted on the server or on the index: no project's
    /// owner can shut out those who administer its index. Otherwise a project with grants of its own has no others; for
    /// one without, the grants on the index and on the server and the lists of the configuration count. Write does not
    /// imply read. The owner may write, whatever the grants.
    ///
    /// A token has what its owner has, within its scope; outside it, it reads what everyone reads, so that a client that
    /// sends a narrow token with every request sees no less than one that sends nothing.
    func ruling(on right: Right, for caller: Caller) -> AccessRuling? {
        if caller.isInScope(right, project, in: index.name) { return rulingBeyondScope(on: right, for: caller) }
        return right == .read || right == .cacheUpdate ? rulingBeyondScope(on: right, for: .anonymous) : nil
    }

    /// Returns the rule by which a caller, or the owner of a token, holds a right.
    private func rulingBeyondScope(on right: Right, for caller: Caller) -> AccessRuling? {
        if caller.hasAdministratorRole { return .administrator }
        let inIndex = rules[index.name]
        if let grant = inIndex.administering.first(where: { $0.grantee.includes(caller) }) { return .grant(grant) }
        if right == .write, let ownerID, ownerID == caller.personID { return .owner }
        if isPublishers(right, caller) { return .publisher }
        if let own = ownGrants { return own.first { $0.gives(right, to: caller) }.map(AccessRuling.grant) }
        if let grant = inIndex.defaults.first(where: { $0.gives(right, to: caller) }) { return .grant(grant) }
        return index.access.principals(holding: right).first { $0.includes(caller) }.map(AccessRuling.list)
    }

    /// Returns whether a token, in whose scope the right is, belongs to a publisher that holds it: on the project by name, or
    /// on the index, for projects without grants of their own.
    private func isPublishers(_ right: Right, _ caller: Caller) -> Bool {
        guard case .publisher(let publisher)? = caller.token?.owner else { return false }
        return ownGrants == nil || publisher.holdsByName(right, project, in: index.name)
    }

    /// The grants of the project's own, which replace the lists of the index; nil if it has none.
    var ownGrants: [Grant]? {
        guard let project else { return nil }
        return rules[index.name].own(project)
    }

    /// Returns whether a caller sees all that the index's upstreams have of the project: anyone who may make it fetch
    /// files, and anonymous callers if a login could give them that right. They must log in to download.
    func showsUpstreams(to caller: Caller) -> Bool {
        ruling(on: .cacheUpdate, for: caller) != nil || (!caller.isKnown && isHeldBySomebody(.cacheUpdate))
    }

    /// Returns whether anybody but administrators may hold a right.
    private func isHeldBySomebody(_ right: Right) -> Bool {
        let inIndex = rules[index.name]
        guard inIndex.administering.isEmpty else { return true }
        func isGiven(by grant: Grant) -> Bool { grant.right == right || grant.right == .administer }
        if let own = ownGrants { return own.contains(where: isGiven) }
        return inIndex.defaults.contains(where: isGiven) || !index.access.principals(holding: right).isEmpty
    }
}

extension Principal {
    /// Returns whether the principal includes a caller.
    fileprivate func includes(_ caller: Caller) -> Bool {
        switch self {
        case .everyone: true
        case .authenticated: caller.isKnown
        case .user(let name): caller.person?.name == name
        case .group(let name): caller.isOf(groupNamed: name)
        case .service(let name): caller.service?.name == name
        }
    }
}
