/// The people, groups and grants that the configuration declares: nothing else changes them.
public struct Declaration: Sendable {
    public var people: [DeclaredPerson]
    /// The names of the members of each group; they need not exist.
    public var groups: [String: [String]]
    /// Grants to people and groups of this declaration, or to everybody; each once.
    public var grants: [DeclaredGrant]

    public init(people: [DeclaredPerson] = [], groups: [String: [String]] = [:], grants: [DeclaredGrant] = []) {
        self.people = people
        self.groups = groups
        self.grants = grants
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
