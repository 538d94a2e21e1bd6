public import PackagingStandards

/// What a token may be used for at most: some rights, in some indexes, for some projects. Nil is all of them.
public struct TokenScope: Sendable, Hashable {
    /// The most indexes, and the most projects, that a scope names.
    public static let mostNames = 100

    /// The rights. `admin` includes every other, and `read` includes `cache_update`: whoever sees a file of an upstream by a
    /// token may download it, if the owner may.
    public let rights: Set<Right>?
    public let indexes: Set<IndexName>?
    /// The projects, which need not exist yet.
    public let projects: Set<NormalizedName>?

    /// Makes a scope; without arguments, that of a token that may do all that its owner may.
    public init(
        rights: Set<Right>? = nil, indexes: Set<IndexName>? = nil, projects: Set<NormalizedName>? = nil
    ) {
        self.rights = rights
        self.indexes = indexes
        self.projects = projects
    }

    /// The scope of a token that may do all that its owner may.
    public static let everything = TokenScope()

    /// Returns whether the scope has a right on a project; nil for an index as a whole, which a scope of some projects
    /// never has.
    func includes(_ right: Right, _ project: NormalizedName?, in index: IndexName) -> Bool {
        guard includes(right, in: index) else { return false }
        guard let projects else { return true }
        return project.map(projects.contains) ?? false
    }

    /// Returns whether the scope has a right on anything in an index.
    func includes(_ right: Right, in index: IndexName) -> Bool {
        guard indexes?.contains(index) ?? true else { return false }
        guard let rights else { return true }
        return rights.contains(right) || rights.contains(.administer)
            || (right == .cacheUpdate && rights.contains(.read))
    }

    /// The rights with those that they include; nil for all.
    private var allRights: Set<Right>? {
        guard let rights, !rights.contains(.administer) else { return nil }
        return rights.contains(.read) ? rights.union([.cacheUpdate]) : rights
    }

    /// Whether the scope has what concerns the whole server, which only administrators may do.
    var includesServer: Bool {
        indexes == nil && projects == nil && (rights?.contains(.administer) ?? true)
    }

    /// Returns whether everything in the scope is in another one.
    public func isWithin(_ other: TokenScope) -> Bool {
        func isWithin<Name: Hashable>(_ names: Set<Name>?, _ others: Set<Name>?) -> Bool {
            guard let others else { return true }
            return names?.isSubset(of: others) ?? false
        }
        return isWithin(allRights, other.allRights) && isWithin(indexes, other.indexes)
            && isWithin(projects, other.projects)
    }
}

extension TokenScope: CustomStringConvertible {
    /// In words for people: `read, write on acme in the index main`.
    public var description: String {
        func list(_ names: some Sequence<String>) -> String { names.sorted().joined(separator: ", ") }
        var text = rights.map { list($0.map(\.rawValue)) } ?? "all rights of its owner"
        if let projects { text += " on \(list(projects.map(\.description)))" }
        if let indexes {
            text += " in the \(indexes.count == 1 ? "index" : "indexes") \(list(indexes.map(\.description)))"
        }
        return text
    }
}
