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
    /// The digest of the core metadata by which searches find it; nil if there are none, or they are not known yet.
    let describedBy: SHA256Digest?
    /// Whether searches find it as it is.
    let isDescribed: Bool

    static let columns = """
        p.id, p.display_name, p.origin, p.status, p.status_reason, p.summary, p.is_closed, p.created_at, \
        p.described_sha256, CASE WHEN p.described_serial = p.serial THEN 1 ELSE 0 END
        """
    /// How many columns these are.
    static let columnCount = 10

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
        describedBy = row.digest(8)
        isDescribed = row.flag(9)
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
            let next = ProjectRow.columnCount
            let index = IndexRow(
                id: row.integer(next + 1), name: try StoredValue.index(row.text(next + 2)),
                serial: row.integer(next + 3))
            return try ProjectRow(row, index: index, name: try StoredValue.name(row.text(next)))
        }
        guard let project else { throw StoredValue.contradiction("a project", "\(id)") }
        return project
    }

    /// Notes that a project changed: its serial and moment, and what follows from its files (the last version and its
    /// summary, and with it what a search finds).
    ///
    /// What its core metadata say is known if they are those of the excerpt, or have not changed. Else the project is
    /// described afterwards (`SearchDatabase.undescribedProjects`).
    func touch(_ project: ProjectRow, serial: Int64, at moment: Int64, excerpt: MetadataExcerpt? = nil) throws {
        let last = try standingRelease(ofProject: project.id)
        let digest = last?.metadata?.digest
        let isUnchanged = project.isDescribed && project.describedBy == digest && project.summary == last?.summary
        let known = digest == excerpt?.digest ? excerpt : nil
        let isDescribed = isUnchanged || digest == nil || known != nil
        if !isUnchanged { try describe(project, summary: last?.summary, by: known) }
        try execute(
            """
            UPDATE projects SET serial = ?2, changed_at = ?3, latest_version = ?4, summary = ?5, folded_summary = ?6,
                described_serial = ?7, described_sha256 = ?8
            WHERE id = ?1
            """,
            .integer(project.id), .integer(serial), .integer(moment), SQLValue(last?.version), SQLValue(last?.summary),
            .text(SearchText.folded(last?.summary ?? "")), .integer(isDescribed ? serial : 0),
            SQLValue(isDescribed ? digest : nil))
        if last?.summary != project.summary {
            try setSearchText(
                last?.summary ?? "", field: .summary, projectID: project.id, indexID: project.index.id)
        }
    }

    /// Returns the release that stands for a project, chosen as the JSON API does: the last final one that is not
    /// wholly yanked, else the last that is not, else the last.
    func standingRelease(ofProject id: Int64) throws -> StandingRelease? {
        let releases = try all(
            """
            SELECT r.version, MIN(f.is_yanked), r.version_key FROM releases r CROSS JOIN files f
            WHERE r.project_id = ?1 AND f.project_id = ?1 AND f.version_key = r.version_key AND f.state = 'published'
            GROUP BY r.version_key, r.version ORDER BY r.version_key DESC
            """, .integer(id)
        ) { (version: $0.text(0), isYanked: $0.integer(1) != 0, key: $0.text(2)) }
        let candidates = releases.filter { !$0.isYanked }
        let final = candidates.first { release in Version(release.version).map { !$0.isPrerelease } ?? false }
        guard let last = final ?? candidates.first ?? releases.first else { return nil }
        let files = try all(
            """
            SELECT summary, metadata_sha256, filename FROM files
            WHERE project_id = ?1 AND version_key = ?2 AND state = 'published' ORDER BY filename DESC
            """, .integer(id), .text(last.key)
        ) { (summary: $0.optionalText(0), metadata: $0.digest(1), filename: $0.text(2)) }
        // As the JSON API does: what a source distribution says of its requirements may be more than is known.
        let candidatesForMetadata = files.filter { $0.metadata != nil }
        let described = candidatesForMetadata.first { $0.filename.hasSuffix(".whl") } ?? candidatesForMetadata.first
        return StandingRelease(
            version: last.version, summary: files.first?.summary,
            metadata: described.flatMap { file in file.metadata.map { ($0, file.filename) } })
    }
}

/// The release that stands for a project.
struct StandingRelease {
    /// As first spelt.
    let version: String
    let summary: String?
    /// The digest of its core metadata, and the file that has them; nil if no file of it has any.
    let metadata: (digest: SHA256Digest, filename: String)?
}
