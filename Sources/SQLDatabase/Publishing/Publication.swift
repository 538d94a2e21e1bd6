package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func publishState(
        project: NormalizedName, fileKey: FileKey, in index: IndexName, mayMix: Bool
    ) async throws -> PublishState {
        try await driver.read { connection in
            let found = try connection.first(
                PublicationStatements.project, .text(index.description), SQLValue(project)
            ) { row in
                let origin = try StoredValue.origin(row.text(1))
                return (
                    id: row.integer(0),
                    project: PublishState.Project(origin: origin, status: try StoredValue.status(row.text(2)))
                )
            }
            let removals = try connection.removals()
            let isForeign = !mayMix && found?.project.origin != .local
            let foreignOrigin = try isForeign ? connection.keptOrigin(of: project) : nil
            guard let found else {
                return PublishState(
                    project: nil, foreignOrigin: foreignOrigin, existing: .none, removals: removals)
            }
            let existing = try connection.first(
                PublicationStatements.file, .integer(found.id), .text(fileKey.description)
            ) { row in
                guard row.text(2) == FileRow.State.published.rawValue else {
                    return PublishState.Existing.usedUp(filename: row.text(0))
                }
                guard row.isNull(3) else { return .none }
                return .published(filename: row.text(0), sha256: try row.requiredDigest(1))
            }
            return PublishState(
                project: found.project, foreignOrigin: foreignOrigin, existing: existing ?? .none, removals: removals)
        }
    }

    package func publish(
        _ file: NewFile, overwriting: Bool, mayCreate: Bool, mayClaim: Bool, mayMix: Bool,
        oldAddressServedUntil: Timestamp
    ) async throws -> PublishDecision {
        let publication = Publication(
            file: file, isOverwriting: overwriting, mayCreate: mayCreate, mayClaim: mayClaim,
            mayMix: mayMix, servedUntil: oldAddressServedUntil)
        return try await driver.write { try publication.run(on: $0) }
    }
}

/// The transaction of one publish.
///
/// It is alone, as every write is: of two publishes, the one that comes first decides. The unique key of the file stands
/// behind that.
struct Publication: Sendable {
    let file: NewFile
    let isOverwriting: Bool
    let mayCreate: Bool
    /// Whether a name with cached files is claimed first.
    let mayClaim: Bool
    /// Whether cached files may stand beside published ones.
    let mayMix: Bool
    let servedUntil: Timestamp

    func run(on connection: any SQLConnection) throws -> PublishDecision {
        let last = try connection.lastOutboxID()
        let outcome = try decide(connection)
        return PublishDecision(outcome, promises: try connection.promises(after: last))
    }

    private func decide(_ connection: any SQLConnection) throws -> PublishOutcome {
        let index = try connection.requiredIndex(named: file.index)
        let known = try connection.project(file.project, in: index)
        if let refusal = try refusal(connection, known) { return refusal }

        let isNew = known?.origin != .local
        let pruned = try claimKept(connection, known)
        let serial = try connection.nextSerial(of: index)
        let project = try ensureProject(connection, known, index, serial)
        if isNew, let uploaderID = file.uploaderID { try connection.setOwner(uploaderID, of: project) }
        try connection.ensureRelease(
            file.version, spelling: file.versionSpelling, projectID: project.id, at: file.uploadedAt.microseconds)
        let row = FileRow(file, projectID: project.id, serial: serial)
        let old = try connection.file(withKey: row.fileKey, projectID: project.id)
        if let old {
            try replace(old, with: row, in: project, connection)
        } else {
            guard try connection.insert(row) else {
                // Two keys with one file name: only a defect in the making of keys could cause that.
                throw StoredValue.contradiction("the file key of \(file.filename)", row.fileKey)
            }
            try connection.setAttestations(file.attestations, projectID: project.id, filename: row.filename)
            try connection.enqueueManifest(of: row, in: project)
        }
        try keepBlobs(of: row, connection)
        try connection.touch(project, serial: serial, at: row.changedAt, excerpt: file.excerpt)
        try connection.record(
            AuditEntry(
                old?.source == nil && old != nil ? "file.overwrite" : "file.publish", index: file.index,
                project: file.project.description,
                subject: file.filename, detail: "sha256=\(file.digests.sha256)"),
            by: author)
        if let pruned { return .claimed(serial: serial, pruned: pruned) }
        return old == nil ? .published(serial: serial) : .replaced(serial: serial)
    }

    private var author: ChangeAuthor {
        ChangeAuthor(
            name: file.uploader, userID: file.uploaderID, at: file.uploadedAt, token: file.token, tag: file.tag,
            origin: file.origin)
    }

    /// Returns why the file cannot be published, or nil if it can.
    private func refusal(_ connection: any SQLConnection, _ project: ProjectRow?) throws -> PublishOutcome? {
        let isOurs = project?.origin == .local
        if !mayClaim, let origin = try keptOrigin(connection, project) { return .foreignOrigin(origin) }
        if let project {
            guard project.status.acceptsUploads else { return .closed(project.status) }
            if let refusal = try standing(connection, in: project) { return refusal }
        }
        if !isOurs, !mayCreate { return .mayNotCreate }
        let blobs = FileRow(file, projectID: 0, serial: 0).blobs.map(\.name)
        return try connection.isBeingSwept(blobs, at: file.uploadedAt, storedAfter: file.storedAfter)
            ? .beingSwept : nil
    }

    /// Returns the upstream of which files of this name are cached, or nil if none stand in the way.
    private func keptOrigin(_ connection: any SQLConnection, _ project: ProjectRow?) throws -> ProjectOrigin? {
        try mayMix || project?.origin == .local ? nil : connection.keptOrigin(of: file.project)
    }

    /// Claims the name if files of it are cached. Returns the pruned files, or nil if there was nothing to claim.
    private func claimKept(_ connection: any SQLConnection, _ project: ProjectRow?) throws -> [CachedFile]? {
        guard mayClaim, try keptOrigin(connection, project) != nil else { return nil }
        return try Claim(project: file.project, index: file.index, change: author).run(on: connection)
    }

    /// Returns what the file with this key keeps from being published, or nil if it may be.
    private func standing(_ connection: any SQLConnection, in project: ProjectRow) throws -> PublishOutcome? {
        guard let old = try connection.file(withKey: file.fileKey.description, projectID: project.id) else {
            return nil
        }
        guard old.state == .published else { return .usedUp(filename: old.filename) }
        guard old.source == nil else { return nil }
        if old.digests.sha256 == file.digests.sha256 { return .identical(filename: old.filename) }
        return isOverwriting ? nil : .exists(filename: old.filename)
    }

    /// Returns the project, made or made local if it must be.
    private func ensureProject(
        _ connection: any SQLConnection, _ known: ProjectRow?, _ index: IndexRow, _ serial: Int64
    ) throws -> ProjectRow {
        if let known, known.origin == .local { return known }
        return try connection.setOrigin(
            .local, of: file.project, displayName: file.displayName, in: index, serial: serial,
            changedBy: file.uploader, at: file.uploadedAt)
    }

    private func replace(
        _ old: FileRow, with new: FileRow, in project: ProjectRow, _ connection: any SQLConnection
    ) throws {
        // A cached file only gives way: its address still belongs to the upstream.
        let replaced = old.source == nil ? FileManifest.Replaced(old, servedUntil: servedUntil) : nil
        if let replaced { try connection.keepReplaced(replaced, fileKey: old.fileKey, projectID: project.id) }
        if old.filename != new.filename {
            var gone = old
            gone.serial = new.serial
            gone.changedBy = new.changedBy
            gone.changedAt = new.changedAt
            try connection.enqueueManifest(of: gone, in: project, state: replaced == nil ? .pruned : .replaced)
            try connection.setAttestations(nil, projectID: project.id, filename: old.filename)
        }
        try connection.replace(new)
        try connection.setAttestations(file.attestations, projectID: project.id, filename: new.filename)
        try connection.enqueueManifest(of: new, in: project, replaced: replaced)
    }

    /// Names the bytes, removes the mark that a sweep may have set, and keeps what is not synced yet.
    private func keepBlobs(of row: FileRow, _ connection: any SQLConnection) throws {
        for blob in row.blobs { try connection.keepBlob(blob.name, size: blob.size) }
        for blob in file.unsynced { try connection.enqueueBytes(of: blob) }
    }
}

extension FileManifest.Replaced {
    fileprivate init(_ old: FileRow, servedUntil: Timestamp) {
        self.init(
            filename: old.filename, sha256: old.digests.sha256, size: old.size, metadataDigest: old.metadataDigest,
            metadataSize: old.metadataSize, servedUntil: servedUntil.microseconds)
    }
}

extension ProjectStatus {
    /// Whether files may be published (PEP 792).
    fileprivate var acceptsUploads: Bool {
        self == .active || self == .deprecated
    }
}

/// The statements that look for what stands, before an upload is checked.
enum PublicationStatements {
    static let project = """
        SELECT p.id, p.origin, p.status FROM indexes i CROSS JOIN projects p
        WHERE i.name = ?1 AND p.index_id = i.id AND p.name = ?2
        """

    static let file = """
        SELECT filename, sha256, state, source_upstream FROM files WHERE project_id = ?1 AND file_key = ?2
        """
}
