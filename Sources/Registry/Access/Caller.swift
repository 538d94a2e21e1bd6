public import PackagingStandards

/// Who sends a request.
public enum Caller: Sendable, Hashable {
    /// A caller without a name.
    case anonymous
    /// A person who has proved who they are.
    case person(Person)
    /// Somebody who sent a token: its owner, within the token's scope.
    case token(TokenHolder)
    /// The server's own commands, run by somebody who can read its files.
    case localOperator

    /// The name that audit and manifests record: for a token, its owner's.
    public var name: String {
        switch self {
        case .anonymous: "anonymous"
        case .person(let person): person.name
        case .token(let holder): holder.owner.name
        case .localOperator: "operator"
        }
    }

    /// The name in messages about what the caller may not do.
    var describedName: String {
        guard case .token(let holder) = self else { return name }
        return "The token \(holder.name) of \(holder.owner.name)"
    }

    /// The name in the access log: with the tag behind a `+`, as it was sent. Nil for an anonymous caller.
    public var loggedName: String? {
        guard isKnown else { return nil }
        guard let tag else { return name }
        return "\(name)+\(tag)"
    }

    /// What a client sent behind a `+` after the user name, for attribution: no right depends on it.
    public var tag: String? {
        switch self {
        case .anonymous, .localOperator: nil
        case .person(let person): person.tag
        case .token(let holder): holder.tag
        }
    }

    /// Whether the caller has the role of an administrator, or the owner of the caller's token has it. The token's scope
    /// may hold them back.
    var hasAdministratorRole: Bool {
        switch self {
        case .anonymous: false
        case .person(let person): person.isAdministrator
        case .token(let holder): holder.owner.person?.isAdministrator ?? false
        case .localOperator: true
        }
    }

    /// The immutable id of a person, or of the person who owns the token; nil for everybody else.
    public var personID: Int64? {
        switch self {
        case .anonymous, .localOperator: nil
        case .person(let person): person.id
        case .token(let holder): holder.owner.person?.id
        }
    }

    /// Whether the caller is not anonymous.
    public var isKnown: Bool {
        self != .anonymous
    }

    /// The token that was sent; nil for everybody else.
    public var token: TokenHolder? {
        if case .token(let holder) = self { holder } else { nil }
    }

    /// The moment from which the caller must be found out again; nil for none.
    public var expiresAt: Timestamp? {
        [token?.expiresAt, person?.validUntil].compactMap(\.self).min()
    }

    /// The same caller without what is only noted, to look up what depends on rights alone.
    var withoutNotes: Caller {
        switch self {
        case .anonymous, .localOperator: self
        case .person(let person): .person(person.withoutNotes)
        case .token(let holder):
            .token(
                TokenHolder(id: 0, name: "", owner: holder.owner.withoutNotes, scope: holder.scope, expiresAt: nil))
        }
    }

    /// Returns whether nothing but the caller's own rights decides about a right: whether there is no token, or its scope
    /// has the right on the project; nil for the index as a whole.
    func isInScope(_ right: Right, _ project: NormalizedName?, in index: IndexName) -> Bool {
        guard case .token(let holder) = self else { return true }
        return holder.includes(right, project, in: index)
    }

    /// Returns whether a caller belongs to the group with an id, or is a token of that group.
    func isOf(groupID id: Int64) -> Bool {
        switch self {
        case .anonymous, .localOperator: false
        case .person(let person): person.groupIDs.contains(id)
        case .token(let holder):
            switch holder.owner {
            case .person(let person): person.groupIDs.contains(id)
            case .group(let group): group.id == id
            case .service, .publisher: false
            }
        }
    }

    /// Returns whether a caller belongs to the group of a name, or is a token of that group.
    func isOf(groupNamed name: String) -> Bool {
        switch self {
        case .anonymous, .localOperator: false
        case .person(let person): person.groups.contains(name)
        case .token(let holder):
            switch holder.owner {
            case .person(let person): person.groups.contains(name)
            case .group(let group): group.name == name
            case .service, .publisher: false
            }
        }
    }

    /// The person, or the one who owns the token.
    var person: Person? {
        switch self {
        case .anonymous, .localOperator: nil
        case .person(let person): person
        case .token(let holder): holder.owner.person
        }
    }

    /// The service account that owns the token.
    var service: NamedOwner? {
        if case .token(let holder) = self, case .service(let service) = holder.owner { service } else { nil }
    }
}

/// A person, as far as permissions depend on them.
public struct Person: Sendable, Hashable {
    /// The immutable id. A name may be given to another person later, and no right must go with it.
    public let id: Int64
    public let name: String
    public let isAdministrator: Bool
    /// The names of the person's groups, which the lists of the configuration mean.
    public let groups: Set<String>
    /// The immutable ids of the person's groups, which grants mean.
    public let groupIDs: Set<Int64>
    /// What they sent behind a `+` after their name, for attribution: no right depends on it.
    public let tag: String?
    /// Counts the passwords that they have had, if that is known: a session that was traded for one ends with it.
    public let passwordGeneration: Int64?
    /// The moment from which groups and role must be read again, since what the outside said of them counts no more; nil
    /// for none.
    public let validUntil: Timestamp?

    public init(
        id: Int64, name: String, isAdministrator: Bool, groups: Set<String>, groupIDs: Set<Int64> = [],
        tag: String? = nil, passwordGeneration: Int64? = nil, validUntil: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.isAdministrator = isAdministrator
        self.groups = groups
        self.groupIDs = groupIDs
        self.tag = tag
        self.passwordGeneration = passwordGeneration
        self.validUntil = validUntil
    }

    /// Returns the same person with a tag, or without one.
    public func tagged(_ tag: String?) -> Person {
        Person(
            id: id, name: name, isAdministrator: isAdministrator, groups: groups, groupIDs: groupIDs, tag: tag,
            passwordGeneration: passwordGeneration, validUntil: validUntil)
    }

    /// The same person without what no right depends on while it counts.
    var withoutNotes: Person {
        guard tag != nil || validUntil != nil else { return self }
        return Person(
            id: id, name: name, isAdministrator: isAdministrator, groups: groups, groupIDs: groupIDs,
            passwordGeneration: passwordGeneration)
    }
}

/// Who makes a change, and when.
public struct ChangeAuthor: Sendable, Hashable {
    /// The name that audit and manifests record.
    public let name: String
    /// The person's id, or nil for everybody else.
    public let userID: Int64?
    public let at: Timestamp
    /// The token with which the change was made; nil for none.
    public let token: TokenMark?
    /// What the client sent behind a `+` after the user name.
    public let tag: String?
    /// Where the change comes from.
    public let origin: ChangeOrigin

    public init(
        name: String, userID: Int64?, at: Timestamp, token: TokenMark? = nil, tag: String? = nil,
        origin: ChangeOrigin = .current
    ) {
        self.name = name
        self.userID = userID
        self.at = at
        self.token = token
        self.tag = tag
        self.origin = origin
    }

    /// Makes the author of a change by a caller.
    init(_ caller: Caller, at moment: Timestamp) {
        self.init(
            name: caller.name, userID: caller.personID, at: moment,
            token: caller.token.map { TokenMark(id: $0.id, name: $0.name) }, tag: caller.tag)
    }
}

/// The token with which a change was made, as the audit names it.
public struct TokenMark: Sendable, Hashable {
    public let id: Int64
    public let name: String

    public init(id: Int64, name: String) {
        self.id = id
        self.name = name
    }
}
