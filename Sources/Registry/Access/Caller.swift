public import PackagingStandards

/// Who sends a request.
public enum Caller: Sendable, Hashable {
    /// Nobody that we know.
    case anonymous
    /// A person who has proved who they are.
    case person(Person)
    /// The server's own commands, run by somebody who can read its files.
    case localOperator

    /// The name that the audit and the manifests keep.
    public var name: String {
        switch self {
        case .anonymous: "anonymous"
        case .person(let person): person.name
        case .localOperator: "operator"
        }
    }

    /// Whether every right is held.
    public var isAdministrator: Bool {
        switch self {
        case .anonymous: false
        case .person(let person): person.isAdministrator
        case .localOperator: true
        }
    }

    /// Whether somebody has been recognised.
    public var isKnown: Bool {
        self != .anonymous
    }
}

/// A person, as the deciding function needs them.
public struct Person: Sendable, Hashable {
    /// The immutable id; names may be used again, rights must not be.
    public let id: Int64
    public let name: String
    public let isAdministrator: Bool
    /// The names of the groups that the person is a member of.
    public let groups: Set<String>

    public init(id: Int64, name: String, isAdministrator: Bool, groups: Set<String>) {
        self.id = id
        self.name = name
        self.isAdministrator = isAdministrator
        self.groups = groups
    }
}

/// Who makes a change, and when.
public struct ChangeAuthor: Sendable, Hashable {
    /// The name that audit and manifests keep.
    public let name: String
    /// The person's id, or nil for the server's own commands.
    public let userID: Int64?
    public let at: Timestamp

    public init(name: String, userID: Int64?, at: Timestamp) {
        self.name = name
        self.userID = userID
        self.at = at
    }

    /// The author of a change that a caller makes at a moment.
    init(_ caller: Caller, at moment: Timestamp) {
        let id: Int64? = if case .person(let person) = caller { person.id } else { nil }
        self.init(name: caller.name, userID: id, at: moment)
    }
}
