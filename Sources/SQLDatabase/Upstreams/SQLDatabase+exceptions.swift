package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func addException(_ exception: PolicyException, by change: ChangeAuthor) async throws -> PolicyException {
        try await driver.write { connection in
            let index = try connection.requiredIndex(named: exception.index)
            let id = try connection.first(
                """
                INSERT INTO exceptions (index_id, project_name, canonical_version, reason, created_by, created_at,
                    expires_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id
                """,
                .integer(index.id), SQLValue(exception.project), SQLValue(exception.version?.description),
                .text(exception.reason), .text(change.name), SQLValue(change.at),
                SQLValue(exception.expiresAt?.microseconds)
            ) { $0.integer(0) }
            guard let id else { throw StoredValue.contradiction("an exception's id", "none") }
            try connection.noteExceptions(of: exception.project, in: index)
            try connection.record(
                AuditEntry(
                    "policy.exception.add", index: index.name, project: exception.project.description,
                    subject: exception.version?.description, detail: exception.reason),
                by: change)
            var added = exception
            (added.id, added.createdBy, added.createdAt) = (id, change.name, change.at)
            return added
        }
    }

    package func exceptions(of project: NormalizedName?, in index: IndexName) async throws -> [PolicyException] {
        try await driver.read { connection in
            let name = SQLValue.text(index.description)
            guard let project else {
                return try connection.all(UpstreamStatements.exceptions, name) { try PolicyException($0, in: index) }
            }
            return try connection.exceptions(of: project, in: index)
        }
    }

    package func removeException(_ id: Int64, in index: IndexName, by change: ChangeAuthor) async throws -> Bool {
        try await driver.write { connection in
            guard let index = try connection.index(named: index) else { return false }
            let removed = try connection.first(
                """
                DELETE FROM exceptions WHERE id = ?1 AND index_id = ?2
                RETURNING id, project_name, canonical_version, reason, created_by, created_at, expires_at
                """, .integer(id), .integer(index.id)
            ) { try PolicyException($0, in: index.name) }
            guard let removed else { return false }
            try connection.noteExceptions(of: removed.project, in: index)
            try connection.record(
                AuditEntry(
                    "policy.exception.remove", index: index.name, project: removed.project.description,
                    subject: removed.version?.description, detail: removed.reason),
                by: change)
            return true
        }
    }
}

extension SQLConnection {
    fileprivate func exceptions(of project: NormalizedName, in index: IndexName) throws -> [PolicyException] {
        try all(UpstreamStatements.exceptionsOfProject, .text(index.description), SQLValue(project)) {
            try PolicyException($0, in: index)
        }
    }

    /// Notes that a project's exceptions have changed, and leaves their manifest to be written.
    fileprivate func noteExceptions(of project: NormalizedName, in index: IndexRow) throws {
        let serial = try nextSerial(of: index)
        try noteTouched(project, serial: serial, in: index)
        let manifest = ExceptionsManifest(
            try exceptions(of: project, in: index.name), of: project, in: index.name, serial: serial)
        let key = StorageKey.exceptionsManifest(index: index.name, project: project, serial: serial)
        try enqueueManifest(key, text: try ManifestText.text(of: manifest))
    }

    /// Replaces the exceptions of a project by those of its manifest.
    func restore(_ manifest: ExceptionsManifest, in index: IndexRow) throws {
        let project = try StoredValue.name(manifest.project)
        try execute(
            "DELETE FROM exceptions WHERE index_id = ?1 AND project_name = ?2", .integer(index.id), SQLValue(project))
        for entry in manifest.exceptions {
            try execute(
                """
                INSERT INTO exceptions (id, index_id, project_name, canonical_version, reason, created_by, created_at,
                    expires_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                """,
                .integer(entry.id), .integer(index.id), SQLValue(project), SQLValue(entry.version),
                .text(entry.reason), .text(entry.createdBy), .integer(entry.createdAt), SQLValue(entry.expiresAt))
        }
        try noteTouched(project, serial: manifest.serial, in: index)
    }
}

extension PolicyException {
    fileprivate init(_ row: any SQLRow, in index: IndexName) throws {
        let version = row.optionalText(2)
        let parsed = version.flatMap { Version($0) }
        if let version, parsed == nil { throw StoredValue.contradiction("a version", version) }
        self.init(
            id: row.integer(0), index: index, project: try StoredValue.name(row.text(1)), version: parsed,
            reason: row.text(3), createdBy: row.text(4), createdAt: row.timestamp(5),
            expiresAt: row.optionalTimestamp(6))
    }
}
