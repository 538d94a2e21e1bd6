package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func projects(in index: IndexName) async throws -> ProjectListing {
        try await driver.read { connection in
            guard let index = try connection.index(named: index) else { return ProjectListing(projects: [], serial: 0) }
            let projects = try connection.all(ReadingStatements.projectNames, .integer(index.id)) {
                ProjectListing.Project(name: try StoredValue.name($0.text(0)), serial: $0.integer(1))
            }
            return ProjectListing(projects: projects, serial: index.serial)
        }
    }

    package func deletedFiles(of project: NormalizedName, in index: IndexName) async throws -> [String] {
        try await driver.read { connection in
            try connection.all(ReadingStatements.deletedFiles, .text(index.description), SQLValue(project)) {
                $0.text(0)
            }
        }
    }

    package func project(_ name: NormalizedName, in index: IndexName) async throws -> ProjectRecord? {
        try await driver.read { connection in
            let named = [SQLValue.text(index.description), SQLValue(name)]
            var head: ProjectHead?
            var attested: Set<String> = []
            var files: [FileRecord] = []
            try connection.runTogether([
                SQLQuery(ReadingStatements.project, named) { head = try ProjectHead($0) },
                SQLQuery(ReadingStatements.filesWithProvenance, named) { attested.insert($0.text(0)) },
                SQLQuery(ReadingStatements.projectFiles, named) { files.append(try Self.fileRecord($0, attested)) },
            ])
            return head.map {
                ProjectRecord(
                    id: $0.id, name: name, displayName: $0.displayName, origin: $0.origin, status: $0.status,
                    statusReason: $0.statusReason, serial: $0.serial, files: files)
            }
        }
    }

    package func listedProject(_ name: NormalizedName, in index: IndexName) async throws -> ListedProject? {
        try await driver.read { connection in
            let named = [SQLValue.text(index.description), SQLValue(name)]
            var head: ProjectHead?
            var reading = ListedFilesReading()
            try connection.runTogether([
                SQLQuery(ReadingStatements.project, named) { head = try ProjectHead($0) },
                SQLQuery(ReadingStatements.releases, named) { reading.releases.append(($0.text(0), $0.text(1))) },
                SQLQuery(ReadingStatements.filesWithProvenance, named) { reading.attested.insert($0.text(0)) },
                SQLQuery(ReadingStatements.listedFiles, named) { try reading.list($0) },
            ])
            return head.map {
                ListedProject(
                    name: name, origin: $0.origin, status: $0.status, statusReason: $0.statusReason,
                    serial: $0.serial, files: reading.files)
            }
        }
    }

    package func file(at address: FileAddress, now: Timestamp) async throws -> FileLocation? {
        let index = SQLValue.text(address.index.description)
        let filename = SQLValue.text(address.filename)
        return try await driver.read { connection in
            let digest: SQLValue
            switch address.locator {
            case .sha256(let sha256): digest = SQLValue(sha256)
            case .project(let project):
                return try connection.first(
                    ReadingStatements.currentFileOfProject, index, SQLValue(project), filename
                ) { try Self.location($0, servedUntil: nil) }
            }
            let current = try connection.first(ReadingStatements.currentFile, index, digest, filename) {
                try Self.location($0, servedUntil: nil)
            }
            if let current { return current }
            return try connection.first(ReadingStatements.replacedFile, index, digest, filename, SQLValue(now)) {
                try Self.location($0, servedUntil: $0.timestamp(10))
            }
        }
    }

    package func provenance(
        of filename: String, project: NormalizedName, in index: IndexName
    ) async throws -> String? {
        try await driver.read { connection in
            try connection.first(
                ReadingStatements.provenance, .text(index.description), SQLValue(project), .text(filename)
            ) { $0.text(0) }
        }
    }

    private struct ProjectHead {
        let id: Int64
        let displayName: String
        let origin: ProjectOrigin
        let status: ProjectStatus
        let statusReason: String?
        let serial: Int64

        init(_ row: any SQLRow) throws {
            id = row.integer(0)
            displayName = row.text(1)
            origin = try StoredValue.origin(row.text(2))
            status = try StoredValue.status(row.text(3))
            statusReason = row.optionalText(4)
            serial = row.integer(5)
        }
    }

    /// The files that a page lists, put together of rows of several statements.
    private struct ListedFilesReading {
        var releases: [(key: String, version: String)] = []
        var attested: Set<String> = []
        private(set) var files: [HeldFile] = []
        private var release = 0

        /// Adds the next file. Releases and files come in the order of the keys, and every file has a release.
        mutating func list(_ row: any SQLRow) throws {
            while release < releases.endIndex, !row.isText(0, releases[release].key) { release += 1 }
            guard release < releases.endIndex else {
                throw StoredValue.contradiction("the key of a release", row.text(0))
            }
            let filename = row.text(1)
            files.append(
                HeldFile(
                    filename: filename, version: releases[release].version, sha256: try row.requiredDigest(2),
                    size: row.integer(3), metadataDigest: try row.optionalDigest(4),
                    requiresPython: row.optionalText(5), uploadTime: row.timestamp(6),
                    yanked: row.yanked(7), hasProvenance: !attested.isEmpty && attested.contains(filename)))
        }
    }

    private static func fileRecord(_ row: any SQLRow, _ attested: Set<String>) throws -> FileRecord {
        let filename = row.text(0)
        return FileRecord(
            filename: filename, fileKey: FileKey(stored: row.text(1)), packageType: row.text(2),
            version: row.text(3), size: row.integer(4),
            digests: FileDigests(sha256: try row.requiredDigest(5), md5: row.text(6), blake2b256: row.text(7)),
            metadataDigest: try row.optionalDigest(8), metadataSize: row.optionalInteger(9),
            advertisesMetadata: row.flag(18), requiresPython: row.optionalText(10), uploadedAt: row.timestamp(11),
            uploader: row.text(12),
            yanked: row.yanked(13), serial: row.integer(15),
            source: row.source(16), hasProvenance: !attested.isEmpty && attested.contains(filename))
    }

    private static func location(_ row: any SQLRow, servedUntil: Timestamp?) throws -> FileLocation {
        FileLocation(
            project: try StoredValue.name(row.text(0)), status: try StoredValue.status(row.text(1)),
            sha256: try row.requiredDigest(2), size: row.integer(3),
            metadataDigest: try row.optionalDigest(4), metadataSize: row.optionalInteger(5),
            version: row.text(6), packageType: row.text(7), uploadedAt: row.timestamp(8), isCached: !row.isNull(9),
            servedUntil: servedUntil)
    }
}

/// The statements that read pages and files. A test forbids scans of tables in their query plans.
enum ReadingStatements {
    static let projectNames = """
        SELECT name, serial FROM projects
        WHERE index_id = ?1 AND (origin = 'local' OR latest_version IS NOT NULL) ORDER BY name
        """

    static let deletedFiles = """
        SELECT f.filename FROM indexes i CROSS JOIN projects p CROSS JOIN files f
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2 AND f.project_id = p.id
            AND f.state IN ('deleted', 'purged')
        ORDER BY f.filename
        """

    static let project = """
        SELECT p.id, p.display_name, p.origin, p.status, p.status_reason, p.serial
        FROM indexes i CROSS JOIN projects p
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2
        """

    /// The project of the index ?1 with the name ?2. Each statement of a page looks for it, so that none has to wait for
    /// what another one finds.
    private static let projectID = """
        (SELECT p.id FROM indexes i CROSS JOIN projects p WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2)
        """

    // Releases in the order of their keys, and of each its files in the order of theirs: nothing is sorted. The join's
    // order is written out, since SQLite takes CROSS JOIN at its word.
    static let projectFiles = """
        SELECT f.filename, f.file_key, f.package_type, r.version, f.size, f.sha256, f.md5, f.blake2b,
            f.metadata_sha256, f.metadata_size, f.requires_python, f.uploaded_at, f.uploader, f.is_yanked,
            f.yanked_reason, f.serial, f.source_upstream, f.source_url, f.advertises_metadata
        FROM releases r CROSS JOIN files f
        WHERE r.project_id = \(projectID) AND f.project_id = r.project_id AND f.version_key = r.version_key
            AND f.state = 'published'
        ORDER BY r.version_key, f.filename
        """

    // What pages show of a project's files, in the same order. Their releases are read apart: two walks side by side cost
    // less than a search of a release for each file.
    static let listedFiles = """
        SELECT version_key, filename, sha256, size, CASE WHEN advertises_metadata = 1 THEN metadata_sha256 END,
            requires_python, uploaded_at, is_yanked, yanked_reason
        FROM files WHERE project_id = \(projectID) AND state = 'published' AND source_upstream IS NULL
        ORDER BY version_key, filename
        """

    static let filesWithProvenance = """
        SELECT filename FROM attestations WHERE project_id = \(projectID) AND \(ProvenanceSchema.isProvenance)
        """

    static let provenance = """
        SELECT attestations FROM indexes i CROSS JOIN projects p CROSS JOIN files f CROSS JOIN attestations a
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2 AND f.project_id = p.id AND f.filename = ?3
            AND f.state = 'published' AND a.project_id = p.id AND a.filename = f.filename
            AND \(ProvenanceSchema.isProvenance)
        """

    static let releases = """
        SELECT version_key, version FROM releases WHERE project_id = \(projectID) ORDER BY version_key
        """

    static let currentFile = """
        SELECT p.name, p.status, f.sha256, f.size, CASE WHEN f.advertises_metadata = 1 THEN f.metadata_sha256 END,
            f.metadata_size, f.version, f.package_type, f.uploaded_at, f.source_upstream
        FROM indexes i CROSS JOIN files f CROSS JOIN projects p
        WHERE i.name = ?1 AND f.sha256 = ?2 AND f.filename = ?3 AND f.state = 'published' AND p.id = f.project_id
            AND p.index_id = i.id
        """

    static let currentFileOfProject = """
        SELECT p.name, p.status, f.sha256, f.size, CASE WHEN f.advertises_metadata = 1 THEN f.metadata_sha256 END,
            f.metadata_size, f.version, f.package_type, f.uploaded_at, f.source_upstream
        FROM indexes i CROSS JOIN projects p CROSS JOIN files f
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2 AND f.project_id = p.id AND f.filename = ?3
            AND f.state = 'published'
        """

    // It is not kept whether pages named the core metadata of replaced bytes: what holds of the file in their place
    // counts.
    static let replacedFile = """
        SELECT p.name, p.status, r.sha256, r.size, CASE WHEN f.advertises_metadata = 1 THEN r.metadata_sha256 END,
            r.metadata_size, f.version, f.package_type,
            f.uploaded_at, NULL, r.served_until
        FROM indexes i CROSS JOIN replaced r CROSS JOIN projects p CROSS JOIN files f
        WHERE i.name = ?1 AND r.sha256 = ?2 AND r.filename = ?3 AND r.served_until > ?4 AND p.id = r.project_id
            AND p.index_id = i.id AND f.project_id = r.project_id AND f.file_key = r.file_key
        """
}
