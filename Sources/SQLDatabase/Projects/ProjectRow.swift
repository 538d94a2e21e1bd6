import PackagingStandards
import Registry

/// A row of `projects` with what changes and manifests need.
struct ProjectRow: Sendable {
    let id: Int64
    let index: IndexRow
    let name: NormalizedName
    let displayName: String
    let origin: ProjectOrigin
    let status: ProjectStatus
    let statusReason: String?
    let summary: String?
    /// Whether it had grants of its own before a rebuild, and none since.
    let isClosed: Bool
    let createdAt: Int64

    static let columns = """
        p.id, p.display_name, p.origin, p.status, p.status_reason, p.summary, p.is_closed, p.created_at
        """

    init(_ row: any SQLRow, index: IndexRow, name: NormalizedName) throws {
        id = row.integer(0)
        self.index = index
        self.name = name
        displayName = row.text(1)
        origin = try StoredValue.origin(row.text(2))
        status = try StoredValue.status(row.text(3))
        statusReason = row.optionalText(4)
        summary = row.optionalText(5)
        isClosed = row.flag(6)
        createdAt = row.integer(7)
    }
}

extension SQLConnection {
    /// Returns the project of a name, or nil if the index does not have it.
    func project(_ name: NormalizedName, in index: IndexRow) throws -> ProjectRow? {
        try first(
            "SELECT \(ProjectRow.columns) FROM projects p WHERE p.index_id = ?1 AND p.name = ?2",
            .integer(index.id), SQLValue(name)
        ) { try ProjectRow($0, index: index, name: name) }
    }

    /// Returns the project of a name that exists.
    func requiredProject(_ name: NormalizedName, in index: IndexRow) throws -> ProjectRow {
        guard let project = try project(name, in: index) else {
            throw StoredValue.contradiction("a project", name.description)
        }
        return project
    }

    /// Adds an active project without files, shown under its normalized name, unless it exists.
    func ensureProject(
        _ name: NormalizedName, origin: ProjectOrigin, in index: IndexRow, serial: Int64, at moment: Int64
    ) throws {
        try execute(
            """
            INSERT INTO projects (index_id, name, display_name, origin, status, folded_summary, is_closed, serial,
                created_at, changed_at)
            VALUES (?1, ?2, ?2, ?3, 'active', '', 0, ?4, ?5, ?5) ON CONFLICT DO NOTHING
            """,
            .integer(index.id), SQLValue(name), .text(origin.description), .integer(serial), .integer(moment))
    }

    /// Returns the project of an id, with its index.
    func project(withID id: Int64) throws -> ProjectRow {
        let project = try first(
            """
            SELECT \(ProjectRow.columns), p.name, i.id, i.name, i.serial
            FROM projects p JOIN indexes i ON i.id = p.index_id WHERE p.id = ?1
            """, .integer(id)
        ) { row in
            let index = IndexRow(id: row.integer(9), name: try StoredValue.index(row.text(10)), serial: row.integer(11))
            return try ProjectRow(row, index: index, name: try StoredValue.name(row.text(8)))
        }
        guard let project else { throw StoredValue.contradiction("a project", "\(id)") }
        return project
    }

    /// Notes that a project changed: its serial and moment, and what follows from its files (the last version and its
    /// summary, and with it what a search finds).
    func touch(_ project: ProjectRow, serial: Int64, at moment: Int64) throws {
        let last = try lastRelease(of: project)
        try execute(
            """
            UPDATE projects SET serial = ?2, changed_at = ?3, latest_version = ?4, summary = ?5, folded_summary = ?6
            WHERE id = ?1
            """,
            .integer(project.id), .integer(serial), .integer(moment), SQLValue(last?.version), SQLValue(last?.summary),
            .text(SearchText.folded(last?.summary ?? "")))
        if last?.summary != project.summary {
            try setSearchText(
                last?.summary ?? "", field: .summary, projectID: project.id, indexID: project.index.id)
        }
    }

    /// Returns the release that stands for a project, chosen as the JSON API does: the last final one that is not
    /// wholly yanked, else the last that is not, else the last.
    private func lastRelease(of project: ProjectRow) throws -> (version: String, summary: String?)? {
        let releases = try all(
            """
            SELECT r.version, MIN(f.is_yanked), r.version_key FROM releases r CROSS JOIN files f
            WHERE r.project_id = ?1 AND f.project_id = ?1 AND f.version_key = r.version_key AND f.state = 'published'
            GROUP BY r.version_key, r.version ORDER BY r.version_key DESC
            """, .integer(project.id)
        ) { (version: $0.text(0), isYanked: $0.integer(1) != 0, key: $0.text(2)) }
        let candidates = releases.filter { !$0.isYanked }
        let final = candidates.first { release in Version(release.version).map { !$0.isPrerelease } ?? false }
        guard let last = final ?? candidates.first ?? releases.first else { return nil }
        let summary = try first(
            """
            SELECT summary FROM files WHERE project_id = ?1 AND version_key = ?2 AND state = 'published'
            ORDER BY filename DESC LIMIT 1
            """, .integer(project.id), .text(last.key)
        ) { $0.optionalText(0) }
        return (last.version, summary ?? nil)
    }
}
