import PackagingStandards
import Registry

/// The transaction that makes a name this server's own: local in one index, reserved in those that had it from an
/// upstream, with no cached file left anywhere.
struct Claim: Sendable {
    let project: NormalizedName
    let index: IndexName
    let change: ChangeAuthor

    func run(on connection: any SQLConnection) throws -> [CachedFile] {
        let home = try connection.requiredIndex(named: index)
        try connection.lockIndexes()
        let before = try connection.project(project, in: home)?.origin
        var pruned: [CachedFile] = []
        var isChanged = false
        for index in try indexes(home, connection) {
            let (files, changed) = try settle(in: index, isHome: index.id == home.id, connection)
            pruned += files
            isChanged = isChanged || changed
        }
        guard isChanged else { return [] }
        try connection.record(
            AuditEntry(
                "project.claim", index: index, project: project.description, subject: before?.description,
                detail: pruned.isEmpty
                    ? nil : "pruned " + pruned.map { "\($0.index)/\($0.filename)" }.joined(separator: " ")),
            by: change)
        return pruned.sorted { ($0.index.description, $0.filename) < ($1.index.description, $1.filename) }
    }

    /// Returns the index that claims, and those that know the name, in the order of their ids.
    private func indexes(_ home: IndexRow, _ connection: any SQLConnection) throws -> [IndexRow] {
        let others = try connection.projects(named: project).map(\.index).filter { $0.id != home.id }
        return (others + [home]).sorted { $0.id < $1.id }
    }

    /// Gives the name its place in one index. Returns the pruned files, and whether anything changed.
    private func settle(
        in index: IndexRow, isHome: Bool, _ connection: any SQLConnection
    ) throws -> (pruned: [CachedFile], isChanged: Bool) {
        let known = try connection.project(project, in: index)
        let pruned = try connection.cachedFiles(of: project, in: index.name)
        let origin = origin(after: known?.origin, isHome: isHome)
        guard origin != known?.origin || !pruned.isEmpty else { return ([], false) }
        let serial = try connection.nextSerial(of: index)
        var row = known
        if let origin, origin != known?.origin {
            row = try connection.setOrigin(
                origin, of: project, displayName: nil, in: index, serial: serial, changedBy: change.name, at: change.at)
        }
        guard let row else { return ([], false) }
        for file in try connection.cachedRows(of: row) {
            try connection.prune(file, in: row, serial: serial, by: change)
        }
        try connection.touch(row, serial: serial, at: change.at.microseconds)
        return (pruned, true)
    }

    private func origin(after known: ProjectOrigin?, isHome: Bool) -> ProjectOrigin? {
        if isHome { return .local }
        if case .upstream = known { return .reserved }
        return known
    }
}
