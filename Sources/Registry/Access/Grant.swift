public import PackagingStandards

/// A right that somebody was given by name: at once in force, and bound to immutable ids.
public struct Grant: Sendable, Hashable {
    public let right: Right
    public let grantee: Grantee
    public let scope: GrantScope

    public init(_ right: Right, to grantee: Grantee, on scope: GrantScope) {
        self.right = right
        self.grantee = grantee
        self.scope = scope
    }

    /// Returns whether the grant gives a caller a right, whatever the scope of a token: `admin` gives every right.
    func gives(_ right: Right, to caller: Caller) -> Bool {
        (self.right == right || self.right == .administer) && grantee.includes(caller)
    }
}

/// Whom a grant means. A name that is given to somebody else later inherits nothing.
public enum Grantee: Hashable, Sendable {
    /// Anybody, anonymous or not.
    case everyone
    /// Everybody who has proved who they are.
    case authenticated
    /// The person with this id.
    case user(Int64)
    /// The members of the group with this id, and its tokens.
    case group(Int64)
    /// The service account with this id.
    case service(Int64)

    /// Returns whether a caller is meant.
    func includes(_ caller: Caller) -> Bool {
        switch self {
        case .everyone: true
        case .authenticated: caller.isKnown
        case .user(let id): caller.personID == id
        case .group(let id): caller.isOf(groupID: id)
        case .service(let id): caller.service?.id == id
        }
    }
}

/// Where a grant counts.
public enum GrantScope: Hashable, Sendable, CustomStringConvertible {
    /// In every index, for the projects that have no grants of their own; `admin` for all.
    case server
    /// In one index, for the projects that have no grants of their own; `admin` for all.
    case index(IndexName)
    /// For one project of an index, or for all whose names begin alike. They need not exist yet. Such grants are the
    /// projects' own and replace the lists of the index.
    case projects(IndexName, NamePattern)

    /// The index; nil for the server.
    public var index: IndexName? {
        switch self {
        case .server: nil
        case .index(let index), .projects(let index, _): index
        }
    }

    /// The project or projects; nil for an index or the server.
    public var pattern: NamePattern? {
        if case .projects(_, let pattern) = self { pattern } else { nil }
    }

    public var description: String {
        switch self {
        case .server: "the server"
        case .index(let index): "the index \(index)"
        case .projects(let index, let pattern): "\(pattern) in the index \(index)"
        }
    }
}

/// A project of an index, by its names.
public struct ProjectPlace: Hashable, Sendable {
    public let index: IndexName
    public let project: NormalizedName

    public init(index: IndexName, project: NormalizedName) {
        self.index = index
        self.project = project
    }
}
