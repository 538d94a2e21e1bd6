import PackagingStandards
import Registry

extension SQLConnection {
    /// Writes a project's new status, with its manifest and audit line.
    func setStatus(_ status: ProjectStatus, reason: String?, of old: ProjectRow, by change: ChangeAuthor) throws {
        let serial = try nextSerial(of: old.index)
        try execute(
            "UPDATE projects SET status = ?2, status_reason = ?3 WHERE id = ?1", .integer(old.id),
            .text(status.rawValue), SQLValue(reason))
        try touch(old, serial: serial, at: change.at.microseconds)
        try enqueueManifest(
            of: try project(withID: old.id), serial: serial, changedBy: change.name, changedAt: change.at.microseconds)
        try record(
            AuditEntry(
                "project.status", index: old.index.name, project: old.name.description, subject: status.rawValue,
                detail: reason),
            by: change)
    }

    /// Makes a project, or gives the one of this name another origin, and leaves its manifest to be written.
    ///
    /// A display name replaces the one that stands; without one, a new project is called by its normalized name.
    func setOrigin(
        _ origin: ProjectOrigin, of project: NormalizedName, displayName: String?, in index: IndexRow, serial: Int64,
        changedBy: String, at moment: Timestamp
    ) throws -> ProjectRow {
        try ensureProject(project, origin: origin, in: index, serial: serial, at: moment.microseconds)
        try execute(
            """
            UPDATE projects SET origin = ?3, display_name = COALESCE(?4, display_name), serial = ?5, changed_at = ?6
            WHERE index_id = ?1 AND name = ?2
            """,
            .integer(index.id), SQLValue(project), .text(origin.description), SQLValue(displayName),
            .integer(serial), SQLValue(moment))
        let row = try requiredProject(project, in: index)
        try setSearchText(project.description, field: .name, projectID: row.id, indexID: index.id)
        try addNameVariants(of: project.description, projectID: row.id, indexID: index.id)
        if row.describedBy == nil {
            try describe(row, summary: row.summary, by: nil)
            try execute(
                "UPDATE projects SET described_serial = serial WHERE id = ?1 AND latest_version IS NULL",
                .integer(row.id))
        }
        try enqueueManifest(of: row, serial: serial, changedBy: changedBy, changedAt: moment.microseconds)
        return row
    }
}
