import PackagingStandards

/// All grants of a server at one moment, arranged for decisions. Immutable: a change makes others.
public struct AccessRules: Sendable {
    /// The count of changes to people and rights at which they were read.
    public let epoch: Int64
    /// The grants, and the projects that are closed.
    private let source: Source
    /// The grants on the server.
    let onServer: [Grant]
    /// The rules of indexes in which nothing is granted.
    private let elsewhere: IndexRules
    private let byIndex: [IndexName: IndexRules]

    private struct Source: Hashable {
        let grants: Set<Grant>
        let closed: Set<ProjectPlace>
    }

    /// The rules of a server without grants.
    public static let none = AccessRules(epoch: -1, grants: [], closed: [])

    /// Arranges grants.
    ///
    /// - Parameters:
    ///   - epoch: The count of changes to people and rights.
    ///   - grants: Every grant.
    ///   - closed: The projects that had grants of their own, lost them in a rebuild, and have none since.
    public init(epoch: Int64, grants: [Grant], closed: [ProjectPlace]) {
        self.epoch = epoch
        source = Source(grants: Set(grants), closed: Set(closed))
        onServer = grants.filter { $0.scope == .server }
        elsewhere = IndexRules(defaults: onServer)
        var byIndex: [IndexName: IndexRules] = [:]
        for grant in grants {
            if let index = grant.scope.index { byIndex[index, default: elsewhere].add(grant) }
        }
        for place in closed { byIndex[place.index, default: elsewhere].close(place.project) }
        self.byIndex = byIndex
    }

    /// The projects that had grants of their own, lost them in a rebuild, and have none since.
    public var closedProjects: Set<ProjectPlace> { source.closed }

    /// Returns whether others say the same.
    func equals(_ other: AccessRules) -> Bool { source == other.source }

    /// Returns the rules of an index.
    subscript(index: IndexName) -> IndexRules { byIndex[index] ?? elsewhere }
}

/// The grants that count in one index.
struct IndexRules: Sendable {
    /// Those on the server and on the index as a whole, for projects without grants of their own.
    private(set) var defaults: [Grant]
    /// Those of them that give every right, and count for all projects.
    private(set) var administering: [Grant]
    /// The grants on single projects; empty for one that is closed.
    private(set) var projects: [NormalizedName: [Grant]] = [:]
    /// The grants on the beginnings of names.
    private(set) var prefixes: [String: [Grant]] = [:]
    /// The lengths of those beginnings in bytes, shortest first.
    private var prefixLengths: [Int] = []

    fileprivate init(defaults: [Grant]) {
        self.defaults = defaults
        administering = defaults.filter { $0.right == .administer }
    }

    /// Whether any project may have grants of its own.
    var restrictsProjects: Bool { !projects.isEmpty || !prefixes.isEmpty }

    fileprivate mutating func add(_ grant: Grant) {
        switch grant.scope {
        case .server: return
        case .index:
            defaults.append(grant)
            if grant.right == .administer { administering.append(grant) }
        case .projects(_, .name(let project)): projects[project, default: []].append(grant)
        case .projects(_, .prefix(let prefix)):
            prefixes[prefix, default: []].append(grant)
            let length = prefix.utf8.count
            guard !prefixLengths.contains(length) else { return }
            prefixLengths = (prefixLengths + [length]).sorted()
        }
    }

    fileprivate mutating func close(_ project: NormalizedName) {
        if projects[project] == nil { projects[project] = [] }
    }

    /// Returns the grants of a project's own, those on its name and on beginnings of it, or nil if it has none and the
    /// lists of the index count. A closed project has an empty list.
    func own(_ project: NormalizedName) -> [Grant]? {
        var own = projects[project]
        guard !prefixLengths.isEmpty else { return own }
        let name = project.description.utf8
        for length in prefixLengths {
            guard length <= name.count else { break }
            if let more = prefixes[String(decoding: name.prefix(length), as: UTF8.self)] { own = (own ?? []) + more }
        }
        return own
    }
}
