import PackagingStandards
import Registry

/// The transaction that gives a name without published files back to the upstreams.
struct Release: Sendable {
    let project: NormalizedName
    let index: IndexName
    let change: ChangeAuthor

    func run(on connection: any SQLConnection) throws -> ReleaseOutcome {
        let home = try connection.requiredIndex(named: index)
        try connection.lockIndexes()
        let projects = try connection.projects(named: project)
        let owners = projects.filter { $0.origin == .local && $0.index.id != home.id }
        guard let own = projects.first(where: { $0.index.id == home.id }) else { return .notOwned }
        switch own.origin {
        case .upstream, .released: return .notOwned
        case .reserved: guard owners.isEmpty else { return .ownedElsewhere(owners.map(\.index.name)) }
        case .local: guard try !connection.hasPublishedFiles(own) else { return .hasFiles }
        }
        // A name that a claim reserved is free again once no index owns it.
        let reserved = owners.isEmpty ? projects.filter { $0.origin == .reserved && $0.id != own.id } : []
        for project in ([own] + reserved).sorted(by: { $0.index.id < $1.index.id }) {
            try giveBack(project, connection)
        }
        try connection.record(
            AuditEntry(
                "project.release", index: index, project: project.description, subject: own.origin.description),
            by: change)
        return .released(remaining: owners.map(\.index.name))
    }

    private func giveBack(_ project: ProjectRow, _ connection: any SQLConnection) throws {
        let serial = try connection.nextSerial(of: project.index)
        let row = try connection.setOrigin(
            origin(after: connection.cachedRows(of: project)), of: project.name, displayName: nil,
            in: project.index, serial: serial, changedBy: change.name, at: change.at)
        try connection.forgetOwner(of: row)
        try connection.touch(row, serial: serial, at: change.at.microseconds)
    }

    /// Returns the upstream of which the index has cached files (mirror mode), or that nobody owns the name.
    private func origin(after kept: [FileRow]) -> ProjectOrigin {
        kept.compactMap { $0.source?.upstream }.min().map { .upstream($0) } ?? .released
    }
}
