public import PackagingStandards

/// Who sends a request.
public enum Caller: Sendable, Hashable {
    /// A caller without a name.
    case anonymous
    /// A person who has proved who they are.
    case person(Person)
    /// The server's own commands, run by somebody who can read its files.
    case localOperator

    /// The name that audit and manifests record.
    public var name: String {
        switch self {
        case .anonymous: "anonymous"
        case .person(let person): person.name
        case .localOperator: "operator"
        }
    }

    /// Whether the caller holds every right.
    public var isAdministrator: Bool {
        switch self {
        case .anonymous: false
        case .person(let person): person.isAdministrator
        case .localOperator: true
        }
    }

    /// The immutable id of a person; nil for everybody else.
    public var personID: Int64? {
        if case .person(let person) = self { person.id } else { nil }
    }

    /// Whether the caller is not anonymous.
    public var isKnown: Bool {
        self != .anonymous
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

    public init(
        id: Int64, name: String, isAdministrator: Bool, groups: Set<String>, groupIDs: Set<Int64> = []
    ) {
        self.id = id
        self.name = name
        self.isAdministrator = isAdministrator
        self.groups = groups
        self.groupIDs = groupIDs
    }
}

/// Who makes a change, and when.
public struct ChangeAuthor: Sendable, Hashable {
    /// The name that audit and manifests record.
    public let name: String
    /// The person's id, or nil for the server's own commands.
    public let userID: Int64?
    public let at: Timestamp
    /// Where the change comes from.
    public let origin: ChangeOrigin

    public init(name: String, userID: Int64?, at: Timestamp, origin: ChangeOrigin = .current) {
        self.name = name
        self.userID = userID
        self.at = at
        self.origin = origin
    }

    /// Makes the author of a change by a caller.
    init(_ caller: Caller, at moment: Timestamp) {
        self.init(name: caller.name, userID: caller.personID, at: moment)
    }
}
