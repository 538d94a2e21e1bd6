import PackagingStandards
import Registry

/// The part of a page's transaction that takes over what the page says of kept files and their projects.
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
