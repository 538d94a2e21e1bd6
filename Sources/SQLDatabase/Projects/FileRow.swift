import PackagingStandards
import Registry

/// A row of `files` with all its columns, for changes and manifests; digests stay the texts that they are kept as.
struct FileRow: Sendable {
    /// What stands in the column `state`.
    enum State: String, Sendable {
        case published
        case deleted
        case purged
    }

    var projectID: Int64
    var versionKey: String
    var filename: String
    var fileKey: String
    var state: State
    var packageType: String
    var version: String
    var size: Int64
    var digests: FileDigests
    var metadataDigest: SHA256Digest?
    var metadataSize: Int64?
    var advertisesMetadata: Bool
    var requiresPython: String?
    var summary: String?
    var uploadedAt: Int64
    var uploader: String
    var uploaderID: Int64?
    var isYanked: Bool
    var yankedReason: String?
    var serial: Int64
    var changedBy: String
    var changedAt: Int64
    /// Where a cached file came from; nil for a published one.
    var source: FileSource?

    static let columns = """
        f.project_id, f.version_key, f.filename, f.file_key, f.state, f.package_type, f.version, f.size, f.sha256, \
        f.md5, f.blake2b, f.metadata_sha256, f.metadata_size, f.requires_python, f.summary, f.uploaded_at, \
        f.uploader, f.uploader_id, f.is_yanked, f.yanked_reason, f.serial, f.changed_by, f.changed_at, \
        f.source_upstream, f.source_url, f.advertises_metadata
        """

    /// The bytes' names in storage: the file's own, and its core metadata's.
    var blobs: [(name: BlobName, size: Int64?)] {
        var blobs: [(BlobName, Int64?)] = [(BlobName(digest: digests.sha256, name: filename), size)]
        if let metadataDigest { blobs.append((.metadata(metadataDigest, of: filename), metadataSize)) }
        return blobs
    }
}

extension FileRow {
    init(_ row: any SQLRow) throws {
        guard let state = State(rawValue: row.text(4)) else { throw StoredValue.contradiction("a state", row.text(4)) }
        self.init(
            projectID: row.integer(0), versionKey: row.text(1), filename: row.text(2), fileKey: row.text(3),
            state: state, packageType: row.text(5), version: row.text(6), size: row.integer(7),
            digests: FileDigests(sha256: try row.requiredDigest(8), md5: row.text(9), blake2b256: row.text(10)),
            metadataDigest: try row.optionalDigest(11), metadataSize: row.optionalInteger(12),
            advertisesMetadata: row.flag(25), requiresPython: row.optionalText(13), summary: row.optionalText(14),
            uploadedAt: row.integer(15),
            uploader: row.text(16), uploaderID: row.optionalInteger(17), isYanked: row.flag(18),
            yankedReason: row.optionalText(19), serial: row.integer(20), changedBy: row.text(21),
            changedAt: row.integer(22),
            source: row.source(23))
    }

    init(_ file: NewFile, projectID: Int64, serial: Int64) {
        self.init(
            projectID: projectID, versionKey: VersionKey.text(of: file.version), filename: file.filename,
            fileKey: file.fileKey.description, state: .published, packageType: file.packageType,
            version: file.versionSpelling, size: file.size, digests: file.digests,
            metadataDigest: file.metadataDigest, metadataSize: file.metadataSize,
            advertisesMetadata: file.advertisesMetadata,
            requiresPython: file.requiresPython, summary: file.summary, uploadedAt: file.uploadedAt.microseconds,
            uploader: file.uploader, uploaderID: file.uploaderID, isYanked: false, yankedReason: nil, serial: serial,
            changedBy: file.uploader, changedAt: file.uploadedAt.microseconds, source: nil)
    }
}
