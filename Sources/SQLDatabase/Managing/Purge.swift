import PackagingStandards
import Registry

/// The transaction that removes every trace of some bytes: files with this digest, or with core metadata of this
/// digest.
struct Purge: Sendable {
    let digest: SHA256Digest
    let change: ChangeAuthor

    func run(on connection: any SQLConnection) throws -> PurgeOutcome {
        var purged: [PurgeOutcome.File] = []
        var blobs: Set<BlobName> = []
        try connection.lockIndexes()
        for file in try files(connection) {
            let project = try connection.project(withID: file.projectID)
            try purge(file, in: project, connection)
            blobs.formUnion(file.blobs.map(\.name))
            purged.append(.init(index: project.index.name, project: project.name, filename: file.filename))
        }
        for old in try replacedFiles(connection) {
            let project = try connection.project(withID: old.projectID)
            try purge(old, in: project, connection)
            blobs.formUnion(old.blobs)
            let file = PurgeOutcome.File(index: project.index.name, project: project.name, filename: old.value.filename)
            if !purged.contains(file) { purged.append(file) }
        }
        try connection.forgetMetadata(ofPinsWith: digest)
        blobs.formUnion(try strays(connection))
        for blob in blobs.sorted(by: { ($0.digest, $0.name) < ($1.digest, $1.name) }) {
            // Another file may have the same core metadata under the same name.
            guard try !connection.isNamed(blob, at: change.at) else { continue }
            try connection.enqueueRemoval(of: blob)
            try connection.noteRemoval(of: blob, at: change.at)
        }
        if !purged.isEmpty { try record(purged, connection) }
        return PurgeOutcome(files: purged)
    }

    private func files(_ connection: any SQLConnection) throws -> [FileRow] {
        let select = "SELECT \(FileRow.columns) FROM files f WHERE f.state <> 'purged'"
        let byBytes = try connection.all(select + " AND f.sha256 = ?1", SQLValue(digest)) { try FileRow($0) }
        let byMetadata = try connection.all(
            select + " AND f.metadata_sha256 = ?1 AND f.sha256 <> ?1", SQLValue(digest)
        ) { try FileRow($0) }
        return (byBytes + byMetadata).sorted { ($0.projectID, $0.filename) < ($1.projectID, $1.filename) }
    }

    private func purge(_ file: FileRow, in project: ProjectRow, _ connection: any SQLConnection) throws {
        let serial = try connection.nextSerial(of: project.index)
        var purged = file
        purged.state = .purged
        try connection.setAttestations(nil, projectID: file.projectID, filename: file.filename)
        if let source = file.source {
            try connection.forgetMetadata(ofPin: file.filename, project: project.name, from: source.upstream)
        }
        try connection.write(purged, in: project, serial: serial, by: change)
        try connection.touch(project, serial: serial, at: change.at.microseconds)
    }

    private struct ReplacedFile {
        let projectID: Int64
        let fileKey: String
        let value: FileManifest.Replaced

        var blobs: [BlobName] {
            let metadata = value.metadataDigest.map { BlobName.metadata($0, of: value.filename) }
            return [BlobName(digest: value.sha256, name: value.filename)] + (metadata.map { [$0] } ?? [])
        }
    }

    private func replacedFiles(_ connection: any SQLConnection) throws -> [ReplacedFile] {
        let select = """
            SELECT project_id, file_key, filename, sha256, size, metadata_sha256, metadata_size FROM replaced WHERE 
            """
        func read(_ row: any SQLRow) throws -> ReplacedFile {
            // Served until 1970: the manifest with this says that the address is gone.
            ReplacedFile(
                projectID: row.integer(0), fileKey: row.text(1),
                value: FileManifest.Replaced(
                    filename: row.text(2), sha256: try row.requiredDigest(3), size: row.integer(4),
                    metadataDigest: try row.optionalDigest(5),
                    metadataSize: row.optionalInteger(6), servedUntil: 0))
        }
        return try connection.all(select + "sha256 = ?1", SQLValue(digest), read: read)
            + connection.all(select + "metadata_sha256 = ?1 AND sha256 <> ?1", SQLValue(digest), read: read)
    }

    /// Forgets the address, and says so in the manifest of the file that replaced it.
    private func purge(_ old: ReplacedFile, in project: ProjectRow, _ connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM replaced WHERE sha256 = ?1 AND filename = ?2 AND project_id = ?3",
            SQLValue(old.value.sha256), .text(old.value.filename), .integer(old.projectID))
        guard let successor = try connection.file(withKey: old.fileKey, projectID: old.projectID) else { return }
        let serial = try connection.nextSerial(of: project.index)
        try connection.write(successor, in: project, serial: serial, by: change, replaced: old.value)
        try connection.touch(project, serial: serial, at: change.at.microseconds)
    }

    /// Returns the blobs of the digest that no file names.
    private func strays(_ connection: any SQLConnection) throws -> [BlobName] {
        try connection.all("SELECT name FROM blobs WHERE sha256 = ?1", SQLValue(digest)) {
            BlobName(digest: digest, name: $0.text(0))
        }
    }

    private func record(_ purged: [PurgeOutcome.File], _ connection: any SQLConnection) throws {
        for file in purged {
            try connection.record(
                AuditEntry(
                    "file.purge", index: file.index, project: file.project.description, subject: file.filename,
                    detail: "sha256=\(digest)"),
                by: change)
        }
    }
}
