import PackagingStandards
import Registry

extension SQLConnection {
    /// The origin under which any index keeps an upstream's files of a name; nil if none does.
    ///
    /// That an index has looked at the upstream's page counts for nothing.
    func keptOrigin(of project: NormalizedName) throws -> ProjectOrigin? {
        try first(UpstreamStatements.keptOrigin, SQLValue(project)) { try StoredValue.origin($0.text(0)) }
    }

    /// Whether any index has published a name, or keeps it reserved.
    func isPublishedAnywhere(_ project: NormalizedName) throws -> Bool {
        try exists(UpstreamStatements.publishedAnywhere, SQLValue(project))
    }

    /// Whether a project lists a file that somebody published.
    func hasPublishedFiles(_ project: ProjectRow) throws -> Bool {
        try exists(UpstreamStatements.publishedFiles, .integer(project.id))
    }

    /// The projects of a name, in the order of their indexes' ids.
    func projects(named name: NormalizedName) throws -> [ProjectRow] {
        try all(UpstreamStatements.projectsOfName, SQLValue(name)) { $0.integer(0) }
            .map { try project(withID: $0) }
            .sorted { $0.index.id < $1.index.id }
    }

    /// The origin of a project in an index; nil where the index does not know the name.
    func origin(of project: NormalizedName, in index: IndexName) throws -> ProjectOrigin? {
        try first(UpstreamStatements.ownOrigin, .text(index.description), SQLValue(project)) {
            try StoredValue.origin($0.text(0))
        }
    }

    /// Makes a project, or gives the one of this name another origin, and leaves its manifest to be written.
    ///
    /// A display name replaces the one that stands; without one, a new project is called by its normalized name.
    func setOrigin(
        _ origin: ProjectOrigin, of project: NormalizedName, displayName: String?, in index: IndexRow, serial: Int64,
        changedBy: String, at moment: Timestamp
    ) throws -> ProjectRow {
        try execute(
            """
            INSERT INTO projects (index_id, name, display_name, origin, status, status_reason, summary,
                folded_summary, latest_version, is_closed, serial, created_at, changed_at)
            VALUES (?1, ?2, ?3, ?4, 'active', NULL, NULL, '', NULL, 0, ?5, ?6, ?6)
            ON CONFLICT (index_id, name) DO UPDATE SET origin = excluded.origin, serial = excluded.serial,
                changed_at = excluded.changed_at
            """,
            .integer(index.id), SQLValue(project), .text(displayName ?? project.description),
            .text(origin.description), .integer(serial), SQLValue(moment))
        if let displayName {
            try execute(
                "UPDATE projects SET display_name = ?3 WHERE index_id = ?1 AND name = ?2", .integer(index.id),
                SQLValue(project), .text(displayName))
        }
        guard let row = try self.project(project, in: index) else {
            throw StoredValue.contradiction("a project", project.description)
        }
        try setSearchText(project.description, field: .name, projectID: row.id, indexID: index.id)
        try enqueueManifest(of: row, serial: serial, changedBy: changedBy, changedAt: moment.microseconds)
        return row
    }
}
