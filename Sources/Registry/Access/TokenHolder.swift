public import PackagingStandards

/// Whoever sent a token that is good: the owner's rights, cut by the token's scope.
public struct TokenHolder: Sendable, Hashable {
    /// The immutable id of the token.
    public let id: Int64
    public let name: String
    public let owner: TokenOwner
    public let scope: TokenScope
    /// Nil for a token that does not expire.
    public let expiresAt: Timestamp?
    /// Whether the token was traded for a password or another token, to live for hours.
    public let isSession: Bool
    /// What the client sent behind a `+` after the user name, for attribution: no right depends on it.
    public let tag: String?

    public init(
        id: Int64, name: String, owner: TokenOwner, scope: TokenScope, expiresAt: Timestamp?, isSession: Bool = false,
        tag: String? = nil
    ) {
        self.id = id
        self.name = name
        self.owner = owner
        self.scope = scope
        self.expiresAt = expiresAt
        self.isSession = isSession
        self.tag = tag
    }

    /// Returns whether the token may be used for a right on a project, or for an index as a whole: its scope has it, and if
    /// it is a publisher's, the publisher holds it.
    func includes(_ right: Right, _ project: NormalizedName?, in index: IndexName) -> Bool {
        guard scope.includes(right, project, in: index) else { return false }
        guard case .publisher(let publisher) = owner else { return true }
        return publisher.holds(right, project, in: index)
    }

    /// Returns the same holder with a tag.
    public func tagged(_ tag: String?) -> TokenHolder {
        TokenHolder(
            id: id, name: name, owner: owner, scope: scope, expiresAt: expiresAt, isSession: isSession, tag: tag)
    }
}

/// Whose rights a token has, as they are now.
public enum TokenOwner: Sendable, Hashable {
    /// A person: a personal token.
    case person(Person)
    /// A group: what grants and lists give the group.
    case group(NamedOwner)
    /// A service account: what grants and lists give it.
    case service(NamedOwner)
    /// Trusted publishers: what they hold, and nothing else.
    case publisher(PublisherOwner)

    /// The name that log, audit and manifests record: a person's own, else `group:dev`, `service:ci`, `publisher:acme`.
    public var name: String {
        switch self {
        case .person(let person): person.name
        case .group(let group): "group:\(group.name)"
        case .service(let service): "service:\(service.name)"
        case .publisher(let publisher): "publisher:\(publisher.name)"
        }
    }

    /// The same owner without what no right depends on while it counts.
    var withoutNotes: TokenOwner {
        if case .person(let person) = self { .person(person.withoutNotes) } else { self }
    }

    /// The person; nil if the owner is none.
    public var person: Person? {
        if case .person(let person) = self { person } else { nil }
    }
}

/// A group, a service account or a publisher, as far as tokens depend on it.
public struct NamedOwner: Sendable, Hashable {
    /// The immutable id. The name may be given to another one later, and no right must go with it.
    public let id: Int64
    public let name: String

    public init(id: Int64, name: String) {
        self.id = id
        self.name = name
    }
}
