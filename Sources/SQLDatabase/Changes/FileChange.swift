import PackagingStandards
import Registry

extension SQLConnection {
    /// Returns the listed files that a target means, with their project, or nil if the index does not have it.
    func files(of target: FileTarget) throws -> (project: ProjectRow, files: [FileRow])? {
        guard let index = try index(named: target.index), let project = try project(target.project, in: index) else {
            return nil
        }
        let select = "SELECT \(FileRow.columns) FROM files f WHERE f.project_id = ?1 AND f.state = 'published'"
        let files =
            switch target.selection {
            case .file(let filename):
                try all(select + " AND f.filename = ?2", .integer(project.id), .text(filename)) { try FileRow($0) }
            case .release(let version):
                try all(
                    select + " AND f.version_key = ?2 ORDER BY f.filename", .integer(project.id),
                    .text(VersionKey.text(of: version))
                ) { try FileRow($0) }
            case .project:
                try all(select + " ORDER BY f.filename", .integer(project.id)) { try FileRow($0) }
            }
        return (project, files)
    }

    /// Writes the changed row of a file in its place, and leaves its manifest to be written.
    func write(
        _ file: FileRow, in project: ProjectRow, serial: Int64, by change: ChangeAuthor,
        replaced: FileManifest.Replaced? = nil
    ) throws {
        var file = file
        file.serial = serial
        file.changedBy = change.name
        file.changedAt = change.at.microseconds
        try replace(file)
        try enqueueManifest(of: file, in: project, replaced: replaced)
    }

    /// Forgets a cached file, and leaves the manifest that says so to be written.
    func prune(_ file: FileRow, in project: ProjectRow, serial: Int64, by change: ChangeAuthor) throws {
        var gone = file
        gone.serial = serial
        gone.changedBy = change.name
        gone.changedAt = change.at.microseconds
        try enqueueManifest(of: gone, in: project, state: .pruned)
        try remove(file)
    }
}

extension FileTarget {
    /// Returns what the audit calls an action on this target, such as `release.yank`.
    func action(_ verb: String) -> String {
        switch selection {
        case .file: "file.\(verb)"
        case .release: "release.\(verb)"
        case .project: "project.\(verb)"
        }
    }

    /// Returns the file name, or the version as its files spell it, for the audit; nil for a whole project.
    func subject(_ files: [FileRow]) -> String? {
        switch selection {
        case .file(let filename): filename
        case .release(let version): files.first?.version ?? version.description
        case .project: nil
        }
    }
}
