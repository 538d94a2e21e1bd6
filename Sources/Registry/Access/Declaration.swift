public import PackagingStandards

/// The people, groups, grants, tokens and publishers that the configuration declares: nothing else changes them.
public struct Declaration: Sendable {
    public var people: [DeclaredPerson]
    /// The names of the members of each group; they need not exist.
    public var groups: [String: [String]]
    /// Grants to people and groups of this declaration, to service accounts that own a token of it, or to everybody; each
    /// once.
    public var grants: [DeclaredGrant]
    /// Tokens of people and groups of this declaration, and of service accounts; no two have the same name or digest.
    public var tokens: [DeclaredToken]
    /// Trusted publishers; each once.
    public var publishers: [NewPublisher]

    public init(
        people: [DeclaredPerson] = [], groups: [String: [String]] = [:], grants: [DeclaredGrant] = [],
        tokens: [DeclaredToken] = [], publishers: [NewPublisher] = []
    ) {
        self.people = people
        self.groups = groups
        self.grants = grants
        self.tokens = tokens
        self.publishers = publishers
    }
}

/// A person whom the configuration declares. The hash does not show when the value is printed.
public struct DeclaredPerson: Sendable, Hashable {
    public let name: String
    public let passwordHash: String
    public let isAdministrator: Bool

    public init(name: String, passwordHash: String, isAdministrator: Bool) {
        self.name = name
        self.passwordHash = passwordHash
        self.isAdministrator = isAdministrator
    }
}

extension DeclaredPerson: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "DeclaredPerson(\(name))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

/// A grant that the configuration declares, of a principal by name.
public struct DeclaredGrant: Sendable, Hashable {
    public let right: Right
    public let principal: Principal
    public let scope: GrantScope

    public init(_ right: Right, to principal: Principal, on scope: GrantScope) {
        self.right = right
        self.principal = principal
        self.scope = scope
    }
}

/// A token that the configuration declares. Its text is known to whoever wrote the file.
public struct DeclaredToken: Sendable, Hashable {
    public let name: String
    /// A person, a group or a service account, which is made if there is none.
    public let owner: TokenOwnerName
    /// The digest of its text.
    public let digest: SHA256Digest
    public let scope: TokenScope
    /// Nil for never.
    public let expiresAt: Timestamp?

    public init(
        name: String, owner: TokenOwnerName, digest: SHA256Digest, scope: TokenScope = .everything,
        expiresAt: Timestamp?
    ) {
        self.name = name
        self.owner = owner
        self.digest = digest
        self.scope = scope
        self.expiresAt = expiresAt
    }
}
