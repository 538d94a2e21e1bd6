import PackagingStandards
import Registry

extension RebuildContents {
    /// Returns these contents with what rows have beside them; what has the higher serial counts.
    func merged(with rows: RebuildContents) -> RebuildContents {
        var merged = self
        merged.projects = Self.latest(projects + rows.projects, serial: \.serial) { "\($0.index)/\($0.project)" }
        merged.files = Self.latest(files + rows.files, serial: \.serial) {
            "\($0.index)/\($0.project)/\($0.filename)"
        }
        return merged
    }

    private static func latest<Manifest>(
        _ manifests: [Manifest], serial: (Manifest) -> Int64, name: (Manifest) -> String
    ) -> [Manifest] {
        var latest: [String: Manifest] = [:]
        for manifest in manifests {
            let name = name(manifest)
            if let known = latest[name], serial(known) >= serial(manifest) { continue }
            latest[name] = manifest
        }
        return latest.values.sorted { (serial($0), name($0)) < (serial($1), name($1)) }
    }
}

extension SQLConnection {
    /// Returns what the manifests of all rows would say, if each were written now.
    ///
    /// Without releases, replaced files and exceptions, whose rows a rebuild that keeps rows leaves alone.
    func contentsOfRows() throws -> RebuildContents {
        let projects = try all(
            """
            SELECT \(ProjectRow.columns), p.name, p.serial, p.changed_at, i.id, i.name, i.serial
            FROM projects p JOIN indexes i ON i.id = p.index_id
            """
        ) { row in
            let next = ProjectRow.columnCount
            let index = IndexRow(
                id: row.integer(next + 3), name: try StoredValue.index(row.text(next + 4)),
                serial: row.integer(next + 5))
            let project = try ProjectRow(row, index: index, name: try StoredValue.name(row.text(next)))
            return (project: project, serial: row.integer(next + 1), changedAt: row.integer(next + 2))
        }
        let byID = Dictionary(uniqueKeysWithValues: projects.map { ($0.project.id, $0.project) })
        let files = try all("SELECT \(FileRow.columns) FROM files f") { try FileRow($0) }
        return RebuildContents(
            projects: try projects.map {
                try manifest(of: $0.project, serial: $0.serial, changedBy: "", changedAt: $0.changedAt)
            },
            files: try files.compactMap { file in try byID[file.projectID].map { try manifest(of: file, in: $0) } },
            firstOfReleases: [], replaced: [])
    }

    /// Returns whether the page of a project was changed after a serial by something that no row of it shows.
    func isTouched(_ project: String, after serial: Int64, in index: IndexRow) throws -> Bool {
        try exists(
            "SELECT serial FROM touched WHERE index_id = ?1 AND project_name = ?2 AND serial > ?3", .integer(index.id),
            .text(project), .integer(serial))
    }
}
