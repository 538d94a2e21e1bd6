import PackagingStandards
import Registry

/// The transaction that keeps one fetched file of an upstream.
struct Caching: Sendable {
    let file: NewFile
    let source: FileSource
    /// Whether the project may hold published files too.
    let mayMix: Bool
    /// Whether the name may be published in other indexes.
    let isMirrored: Bool

    func run(on connection: any SQLConnection) throws -> CacheOutcome {
        let index = try connection.requiredIndex(named: file.index)
        let known = try connection.project(file.project, in: index)
        if let known, let outcome = try outcome(known, connection) { return outcome }
        if known == nil || known?.origin == .released {
            guard try adoption.run(on: connection) != nil else { return .isPrivate }
        }
        // What follows holds to the end: a claim or a publish that would change it locks the same row.
        let serial = try connection.nextSerial(of: index)
        let project = try connection.requiredProject(file.project, in: index)
        if let outcome = try outcome(project, connection) { return outcome }
        return try keep(in: project, serial: serial, connection)
    }

    private var adoption: Adoption {
        Adoption(
            project: file.project, displayName: file.displayName, upstream: source.upstream, index: file.index,
            mayMix: mayMix || isMirrored, moment: file.uploadedAt)
    }

    /// Returns why the file is not written, or nil if it is.
    private func outcome(_ project: ProjectRow, _ connection: any SQLConnection) throws -> CacheOutcome? {
        switch project.origin {
        case .upstream(source.upstream):
            // Another index may have published the name since this one looked at the upstream's page.
            guard try mayMix || isMirrored || !connection.isPublishedAnywhere(file.project) else { return .isPrivate }
        case .released: return nil
        case .upstream: return .taken(filename: file.filename)
        case .local, .reserved: guard mayMix else { return .isPrivate }
        }
        if let old = try connection.file(withKey: file.fileKey.description, projectID: project.id) {
            let isSame = old.state == .published && old.digests.sha256 == file.digests.sha256
            return isSame ? .identical : .taken(filename: old.filename)
        }
        let blobs = FileRow(file, projectID: project.id, serial: 0).blobs.map(\.name)
        return try connection.isBeingSwept(blobs, at: file.uploadedAt, storedAfter: file.storedAfter)
            ? .beingSwept : nil
    }

    private func keep(
        in project: ProjectRow, serial: Int64, _ connection: any SQLConnection
    ) throws -> CacheOutcome {
        try connection.ensureRelease(
            file.version, spelling: file.versionSpelling, projectID: project.id, at: file.uploadedAt.microseconds)
        var row = FileRow(file, projectID: project.id, serial: serial)
        row.source = source
        row.uploader = ProjectOrigin.upstream(source.upstream).description
        row.uploaderID = nil
        row.changedBy = row.uploader
        guard try connection.insert(row) else {
            // Two keys with one file name: only a defect in the making of keys could cause that.
            throw StoredValue.contradiction("the file key of \(file.filename)", row.fileKey)
        }
        try connection.setAttestations(file.attestations, projectID: project.id, filename: row.filename)
        try connection.enqueueManifest(of: row, in: project)
        for blob in row.blobs { try connection.keepBlob(blob.name, size: blob.size) }
        try connection.touch(project, serial: serial, at: row.changedAt, excerpt: file.excerpt)
        return .cached(serial: serial)
    }
}
