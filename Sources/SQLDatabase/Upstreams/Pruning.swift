import PackagingStandards
import Registry

/// The transaction that forgets cached files.
struct Pruning: Sendable {
    let files: [CachedFile]
    let change: ChangeAuthor

    func run(on connection: any SQLConnection) throws -> Set<BlobName> {
        let byIndex = Dictionary(grouping: files, by: \.index)
        let indexes = try byIndex.keys.compactMap { try connection.index(named: $0) }.sorted { $0.id < $1.id }
        var blobs: Set<BlobName> = []
        for index in indexes {
            try connection.lockIndex(index.id)
            blobs.formUnion(try prune(byIndex[index.name] ?? [], in: index, connection))
        }
        return try blobs.filter { try !connection.isNamed($0, at: change.at) }
    }

    private func prune(
        _ files: [CachedFile], in index: IndexRow, _ connection: any SQLConnection
    ) throws -> Set<BlobName> {
        var serial: Int64?
        var blobs: Set<BlobName> = []
        let byProject = Dictionary(grouping: files, by: \.project).sorted { $0.key.description < $1.key.description }
        for (name, files) in byProject {
            guard let project = try connection.project(name, in: index) else { continue }
            let wanted = Dictionary(files.map { ($0.filename, $0.sha256) }) { first, _ in first }
            let rows = try connection.cachedRows(of: project).filter { wanted[$0.filename] == $0.digests.sha256 }
            guard !rows.isEmpty else { continue }
            let next = try serial ?? connection.nextSerial(of: index)
            serial = next
            for row in rows {
                try connection.prune(row, in: project, serial: next, by: change)
                blobs.formUnion(row.blobs.map(\.name))
            }
            try connection.touch(project, serial: next, at: change.at.microseconds)
            try record(rows, of: project, connection)
        }
        return blobs
    }

    private func record(_ rows: [FileRow], of project: ProjectRow, _ connection: any SQLConnection) throws {
        let bytes = rows.reduce(0) { $0 + $1.size }
        try connection.record(
            AuditEntry(
                "cache.prune", index: project.index.name, project: project.name.description,
                subject: rows.count == 1 ? rows.first?.filename : "\(rows.count) files",
                detail: "\(bytes) bytes: " + rows.map(\.filename).joined(separator: " ")),
            by: change)
    }
}
