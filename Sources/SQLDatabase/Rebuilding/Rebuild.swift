package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func adoptInstallationID(_ id: String) async throws {
        try await driver.write { connection in
            try connection.execute("UPDATE installation SET id = ?1 WHERE only_row = 1", .text(id))
        }
    }

    package func rebuild(
        from contents: RebuildContents, keepingRows keepsRows: Bool, since start: ChangeCursor?, now: Timestamp
    ) async throws {
        try await driver.write { connection in
            if let start { try connection.requireUnchanged(since: start) }
            let contents = keepsRows ? contents.merged(with: try connection.contentsOfRows()) : contents
            try Rebuild(contents: contents, keepsRows: keepsRows, now: now).run(on: connection)
        }
    }
}

/// The transaction that makes projects, releases and files again from manifests.
///
/// Projects keep their ids by name, so that grants stay with them; those that no manifest knows go.
struct Rebuild: Sendable {
    let contents: RebuildContents
    /// Whether what the contents do not tell of stays; they tell of the rows, too, then.
    let keepsRows: Bool
    let now: Timestamp

    private struct ProjectID: Hashable {
        let index: String
        let project: String
    }

    /// What is known of a project before its rows are written.
    private struct Draft {
        var manifest: ProjectManifest?
        var serial: Int64 = 0
        var changedAt: Int64 = 0
        var firstUpload: Int64 = .max
    }

    func run(on connection: any SQLConnection) throws {
        let downloads = try connection.lastDownloads()
        for table in [
            "files", "attestations", "search_trigrams", "search_words", "name_variants", "project_classifiers",
            "dependencies",
        ] { try connection.execute("DELETE FROM \(table)") }
        if !keepsRows {
            for table in ["releases", "replaced"] { try connection.execute("DELETE FROM \(table)") }
            // Publishes must still heed what is being removed, or was.
            try connection.execute("DELETE FROM blobs WHERE taken_at IS NULL AND removed_as IS NULL")
        }
        let drafts = drafts()
        let indexes = try ensureIndexes(drafts, connection)
        let projects = try ensureProjects(drafts, indexes, connection)
        for manifest in contents.firstOfReleases { try insertRelease(of: manifest, projects, connection) }
        for manifest in contents.files where manifest.state.hasRow {
            try insert(manifest, projects, connection)
        }
        try insertReplaced(projects, connection)
        for manifest in contents.exceptions {
            guard let index = indexes[manifest.index] else { continue }
            if keepsRows, try connection.isTouched(manifest.project, after: manifest.serial, in: index) { continue }
            try connection.restore(manifest, in: index)
        }
        for download in downloads { try connection.restore(download) }
        for (id, project) in projects {
            guard let draft = drafts[id] else { continue }
            try connection.setSearchText(
                project.name.description, field: .name, projectID: project.id, indexID: project.index.id)
            try connection.addNameVariants(
                of: project.name.description, projectID: project.id, indexID: project.index.id)
            try connection.touch(project, serial: draft.serial, at: draft.changedAt)
        }
        try connection.execute(
            """
            UPDATE installation SET rebuild_epoch = rebuild_epoch + 1, access_epoch = access_epoch + 1,
                sweep_awaits_confirmation = 1
            WHERE only_row = 1
            """)
    }

    private func drafts() -> [ProjectID: Draft] {
        var drafts: [ProjectID: Draft] = [:]
        func note(_ id: ProjectID, serial: Int64, changedAt: Int64, _ change: (inout Draft) -> Void) {
            var draft = drafts[id] ?? Draft()
            if serial > draft.serial { (draft.serial, draft.changedAt) = (serial, changedAt) }
            change(&draft)
            drafts[id] = draft
        }
        for manifest in contents.projects {
            let id = ProjectID(index: manifest.index, project: manifest.project)
            note(id, serial: manifest.serial, changedAt: manifest.changedAt) { $0.manifest = manifest }
        }
        for manifest in contents.files {
            let id = ProjectID(index: manifest.index, project: manifest.project)
            note(id, serial: manifest.serial, changedAt: manifest.changedAt) {
                $0.firstUpload = min($0.firstUpload, manifest.uploadedAt)
            }
        }
        return drafts
    }

    /// Adds the indexes of the manifests, hidden if they are new; serials never go back.
    private func ensureIndexes(
        _ drafts: [ProjectID: Draft], _ connection: any SQLConnection
    ) throws -> [String: IndexRow] {
        var highest: [String: Int64] = [:]
        for (id, draft) in drafts { highest[id.index] = max(highest[id.index] ?? 0, draft.serial) }
        for manifest in contents.exceptions {
            highest[manifest.index] = max(highest[manifest.index] ?? 0, manifest.serial)
        }
        var indexes: [String: IndexRow] = [:]
        for (name, serial) in highest.sorted(by: { $0.key < $1.key }) {
            let name = try StoredValue.index(name)
            try connection.ensureIndex(name, serial: serial)
            indexes[name.description] = try connection.index(named: name)
        }
        return indexes
    }

    private func ensureProjects(
        _ drafts: [ProjectID: Draft], _ indexes: [String: IndexRow], _ connection: any SQLConnection
    ) throws -> [ProjectID: ProjectRow] {
        let before = Set(try connection.all("SELECT id FROM projects") { $0.integer(0) })
        var projects: [ProjectID: ProjectRow] = [:]
        for (id, draft) in drafts {
            guard let index = indexes[id.index] else { continue }
            projects[id] = try ensureProject(try StoredValue.name(id.project), in: index, draft, connection)
        }
        for gone in before.subtracting(projects.values.map(\.id)) {
            try connection.execute("DELETE FROM projects WHERE id = ?1", .integer(gone))
        }
        return projects
    }

    private func ensureProject(
        _ name: NormalizedName, in index: IndexRow, _ draft: Draft, _ connection: any SQLConnection
    ) throws -> ProjectRow {
        let manifest = draft.manifest
        try connection.ensureProject(name, origin: .local, in: index, serial: draft.serial, at: draft.changedAt)
        // Grants that are still here stay in force; those that are lost close the project until it is granted again.
        try connection.execute(
            """
            UPDATE projects SET display_name = ?3, origin = ?4, status = ?5, status_reason = ?6, summary = NULL,
                folded_summary = '', latest_version = NULL, created_at = ?8, described_serial = 0,
                described_sha256 = NULL,
                is_closed = CASE WHEN EXISTS (SELECT 1 FROM access_grants g WHERE g.index_id = projects.index_id
                        AND \(OwnGrants.condition("projects.name")))
                    THEN 0 ELSE ?7 END
            WHERE index_id = ?1 AND name = ?2
            """,
            .integer(index.id), SQLValue(name), .text(manifest?.displayName ?? name.description),
            .text(manifest?.origin ?? ProjectOrigin.local.description),
            .text(manifest?.status ?? ProjectStatus.active.rawValue), SQLValue(manifest?.statusReason),
            SQLValue(manifest?.hadGrants ?? false), .integer(manifest?.createdAt ?? draft.firstUpload))
        return try connection.requiredProject(name, in: index)
    }

    private func insertRelease(
        of manifest: FileManifest, _ projects: [ProjectID: ProjectRow], _ connection: any SQLConnection
    ) throws {
        let id = ProjectID(index: manifest.index, project: manifest.project)
        guard let project = projects[id] else { return }
        try connection.ensureRelease(
            try version(of: manifest), spelling: manifest.version, projectID: project.id, at: manifest.uploadedAt)
    }

    private func insert(
        _ manifest: FileManifest, _ projects: [ProjectID: ProjectRow], _ connection: any SQLConnection
    ) throws {
        try insertRelease(of: manifest, projects, connection)
        guard let project = projects[ProjectID(index: manifest.index, project: manifest.project)] else { return }
        let file = try FileRow(manifest, version: try version(of: manifest), projectID: project.id)
        guard try connection.insert(file) else {
            throw RegistryError(
                .internal,
                "The manifests of \(manifest.filename) and another file of \(manifest.project) name one file key.")
        }
        if let attestations = manifest.attestations, manifest.state != .purged {
            try connection.setAttestations(attestations, projectID: project.id, filename: file.filename)
        }
        if file.state == .published {
            for blob in file.blobs { try connection.keepBlob(blob.name, size: blob.size) }
        }
    }

    /// Adds the replaced addresses, each as the highest serial says, but for those whose time has run out, whose bytes
    /// are purged, or whose successor is deleted by now.
    private func insertReplaced(
        _ projects: [ProjectID: ProjectRow], _ connection: any SQLConnection
    ) throws {
        let purged = Set(contents.files.filter { $0.state == .purged }.flatMap { [$0.digests.sha256] })
        let deleted = Set(contents.files.filter { [.deleted, .purged].contains($0.state) }.map(FileID.init))
        var last: [String: FileManifest] = [:]
        for manifest in contents.replaced where !deleted.contains(FileID(manifest)) {
            guard let old = manifest.replaced else { continue }
            let key = "\(manifest.index)/\(manifest.project)/\(old.filename)/\(old.sha256)"
            if (last[key]?.serial ?? -1) < manifest.serial { last[key] = manifest }
        }
        for manifest in last.values {
            guard let old = manifest.replaced, old.servedUntil > now.microseconds, !purged.contains(old.sha256) else {
                continue
            }
            guard let project = projects[ProjectID(index: manifest.index, project: manifest.project)] else { continue }
            try connection.keepReplaced(old, fileKey: manifest.fileKey, projectID: project.id)
            try connection.keepBlob(BlobName(digest: old.sha256, name: old.filename), size: old.size)
            if let metadata = old.metadataDigest {
                try connection.keepBlob(.metadata(metadata, of: old.filename), size: old.metadataSize)
            }
        }
    }

    private func version(of manifest: FileManifest) throws -> Version {
        guard let version = Version(manifest.version) else {
            throw RegistryError(
                .internal, "The manifest of \(manifest.filename) names '\(manifest.version)', which is no version.")
        }
        return version
    }
}

/// The identity of a file among those of a server, whatever its spelling.
private struct FileID: Hashable {
    let index: String
    let project: String
    let fileKey: String

    init(_ manifest: FileManifest) {
        index = "\(manifest.index)"
        project = "\(manifest.project)"
        fileKey = manifest.fileKey
    }
}

/// When a cached file was last downloaded. No manifest says it, so a rebuild carries it over.
private struct LastDownload {
    let projectID: Int64
    let filename: String
    let at: Int64
}

extension SQLConnection {
    /// Locks all indexes until the transaction ends. Throws `.conflict` if anything took a serial since a place in the
    /// history, or the database was rebuilt.
    fileprivate func requireUnchanged(since start: ChangeCursor) throws {
        try lockIndexes()
        let now = try changes(since: nil).cursor
        let hasChanged = now.serials.contains { $0.value != start.serials[$0.key] ?? 0 }
        guard !hasChanged, now.rebuildEpoch == start.rebuildEpoch else {
            throw RegistryError(
                .conflict,
                """
                Another process has published or changed something while the manifests were read: the database was left \
                as it is. Stop all servers on it, and rebuild again.
                """)
        }
    }

    fileprivate func lastDownloads() throws -> [LastDownload] {
        try all("SELECT project_id, filename, last_downloaded_at FROM files WHERE last_downloaded_at IS NOT NULL") {
            LastDownload(projectID: $0.integer(0), filename: $0.text(1), at: $0.integer(2))
        }
    }

    fileprivate func restore(_ download: LastDownload) throws {
        try execute(
            "UPDATE files SET last_downloaded_at = ?3 WHERE project_id = ?1 AND filename = ?2",
            .integer(download.projectID), .text(download.filename), .integer(download.at))
    }
}

extension FileManifest.State {
    /// Whether a file in this state, listed or used up, has a row.
    fileprivate var hasRow: Bool {
        switch self {
        case .published, .deleted, .purged: true
        case .replaced, .pruned: false
        }
    }
}

extension FileRow {
    fileprivate init(_ manifest: FileManifest, version: Version, projectID: Int64) throws {
        guard let state = State(rawValue: manifest.state.rawValue) else {
            throw StoredValue.contradiction("a state", manifest.state.rawValue)
        }
        self.init(
            projectID: projectID, versionKey: VersionKey.text(of: version), filename: manifest.filename,
            fileKey: manifest.fileKey, state: state, packageType: manifest.packageType, version: manifest.version,
            size: manifest.size, digests: manifest.digests, metadataDigest: manifest.metadataDigest,
            metadataSize: manifest.metadataSize, advertisesMetadata: manifest.mayAdvertiseMetadata,
            requiresPython: manifest.requiresPython, summary: manifest.summary,
            uploadedAt: manifest.uploadedAt, uploader: manifest.uploader, uploaderID: manifest.uploaderID,
            isYanked: manifest.isYanked, yankedReason: manifest.yankedReason, serial: manifest.serial,
            changedBy: manifest.changedBy, changedAt: manifest.changedAt, source: manifest.source)
    }
}
