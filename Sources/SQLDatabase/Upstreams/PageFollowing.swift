import PackagingStandards
import Registry

/// The part of a page's transaction that takes over what the page says of cached files and their projects.
struct PageFollowing: Sendable {
    let following: UpstreamFollowing
    let project: NormalizedName
    let upstream: String

    func run(on connection: any SQLConnection) throws {
        let indexes = try following.indexes.compactMap { try connection.index(named: $0) }
        // In the order in which every transaction locks them.
        for index in indexes.sorted(by: { $0.id < $1.id }) {
            guard let row = try connection.project(project, in: index) else { continue }
            try followStatus(of: row, connection)
            _ = try YankFollowing(
                yanked: following.yanked, project: project, index: index.name, upstream: upstream,
                moment: following.moment
            ).run(on: connection)
        }
    }

    private func followStatus(of row: ProjectRow, _ connection: any SQLConnection) throws {
        let author = ProjectOrigin.upstream(upstream)
        guard row.origin == author, row.status == following.statusBefore, row.status != following.status else { return }
        try connection.setStatus(
            following.status, reason: following.statusReason, of: row,
            by: ChangeAuthor(name: author.description, userID: nil, at: following.moment))
    }
}

/// The transaction that takes over from an upstream's page which of its cached files are yanked.
struct YankFollowing: Sendable {
    let yanked: [String: Yanked]
    let project: NormalizedName
    let index: IndexName
    let upstream: String
    let moment: Timestamp

    /// Returns the project and those of its files that differ from the page, as they are to be, or nil if none do.
    func differing(_ connection: any SQLConnection) throws -> (project: ProjectRow, files: [FileRow])? {
        guard let index = try connection.index(named: index), let row = try connection.project(project, in: index)
        else { return nil }
        let files = try connection.cachedRows(of: row).compactMap(changed)
        return files.isEmpty ? nil : (row, files)
    }

    func run(on connection: any SQLConnection) throws -> Bool {
        guard let index = try connection.index(named: index) else { return false }
        try connection.lockIndex(index.id)
        guard let (project, files) = try differing(connection) else { return false }
        let serial = try connection.nextSerial(of: index)
        let change = ChangeAuthor(name: ProjectOrigin.upstream(upstream).description, userID: nil, at: moment)
        for file in files { try connection.write(file, in: project, serial: serial, by: change) }
        try connection.touch(project, serial: serial, at: moment.microseconds)
        return true
    }

    private func changed(_ file: FileRow) -> FileRow? {
        guard file.source?.upstream == upstream, let yanked = yanked[file.filename] else { return nil }
        var changed = file
        (changed.isYanked, changed.yankedReason) = yanked.columns
        return changed.isYanked == file.isYanked && changed.yankedReason == file.yankedReason ? nil : changed
    }
}
