public import PackagingStandards

/// The role of the database that keeps grants, groups and the owners of projects.
///
/// Each change counts as one of rights (`ChangeCursor.accessEpoch`).
public protocol AccessDatabase: Sendable {
    /// Returns all grants with the count of changes at which they are these, in one look.
    func accessRules() async throws -> AccessRules

    /// Returns all grants with their principals' present names, in the order in which they were made.
    func grants() async throws -> [GrantRecord]

    /// Gives a right, and changes nothing if it is given already.
    ///
    /// A project that had grants of its own before a rebuild, and gets one, is closed no longer. The manifests of
    /// projects say from then on that they have grants of their own. Throws `.notFound` for a principal or an index that
    /// does not exist, and `.conflict` for one grant more than `GrantRecord.mostOnOneScope`.
    func addGrant(
        of right: Right, to principal: Principal, on scope: GrantScope, by change: ChangeAuthor
    ) async throws -> GrantChange

    /// Takes a grant back. Returns nil if there is none with this id. Throws `.conflict` for one that the configuration
    /// declares.
    func removeGrant(_ id: Int64, by change: ChangeAuthor) async throws -> GrantChange?

    /// Returns the id of the person who created a project by its first publish; nil if there is none.
    func owner(of project: NormalizedName, in index: IndexName) async throws -> Int64?

    /// Returns the projects that a person owns, by index and name.
    func projects(ownedBy userID: Int64) async throws -> [ProjectPlace]

    /// Returns whether a person owns a project of an index.
    func ownsProject(_ userID: Int64, in index: IndexName) async throws -> Bool

    /// Returns all groups, by name; those that the configuration does not declare any more are like those that were
    /// added.
    func groups() async throws -> [GroupRecord]

    /// Adds a group without members. Throws `.alreadyExists`.
    func addGroup(_ name: String, by change: ChangeAuthor) async throws

    /// Removes a group, and its tokens. Grants to it stay, and give nobody anything. Throws `.notFound`, and `.conflict` for a group that
    /// the configuration declares.
    func removeGroup(_ name: String, by change: ChangeAuthor) async throws

    /// Makes a person a member of a group. Returns false if they are one. Throws `.notFound`, and `.conflict` for a group
    /// that the configuration declares.
    func addMember(_ user: String, to group: String, by change: ChangeAuthor) async throws -> Bool

    /// Ends a membership. Returns false if there is none. Throws as `addMember` does.
    func removeMember(_ user: String, from group: String, by change: ChangeAuthor) async throws -> Bool
}

/// A grant as the database keeps it.
public struct GrantRecord: Sendable, Hashable {
    /// The most grants that are kept on the server, on one index, or on one project or beginning of names: whoever owns a
    /// project gives rights on it, and all grants are in memory.
    public static let mostOnOneScope: Int64 = 500

    public let id: Int64
    public let grant: Grant
    /// The principal by its present name, `user:ada`; one that was removed by its id, `user:#7`.
    public let principal: String
    /// The name of the person who made it.
    public let grantedBy: String
    public let grantedAt: Timestamp
    /// Whether the configuration declares it: then nothing else takes it back.
    public let isDeclared: Bool

    public init(
        id: Int64, grant: Grant, principal: String, grantedBy: String, grantedAt: Timestamp, isDeclared: Bool = false
    ) {
        self.id = id
        self.grant = grant
        self.principal = principal
        self.grantedBy = grantedBy
        self.grantedAt = grantedAt
        self.isDeclared = isDeclared
    }
}

/// What became of a change to the grants.
public struct GrantChange: Sendable, Hashable {
    /// The grant, as it stands or stood.
    public let record: GrantRecord
    /// Whether anything changed.
    public let isChange: Bool
    /// The projects that have grants of their own now, or have none any more, and had not, or had, before.
    public let projects: [NormalizedName]
    /// The serial of these projects; nil if there are none.
    public let serial: Int64?

    public init(record: GrantRecord, isChange: Bool, projects: [NormalizedName] = [], serial: Int64? = nil) {
        self.record = record
        self.isChange = isChange
        self.projects = projects
        self.serial = serial
    }
}

/// A group as the database keeps it.
public struct GroupRecord: Sendable, Hashable {
    public let id: Int64
    public let name: String
    /// Whether the configuration declares it: then nothing else changes it.
    public let isDeclared: Bool
    /// The names of its members, in order; of a declared group, in lowercase and perhaps of people who do not exist.
    public let members: [String]

    public init(id: Int64, name: String, isDeclared: Bool, members: [String]) {
        self.id = id
        self.name = name
        self.isDeclared = isDeclared
        self.members = members
    }
}
