import FoundationEssentials
import PackagingStandards
import Registry

/// The JSON text of manifests: keys sorted, so that the same state is always the same bytes.
enum ManifestText {
    static func text(of manifest: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(manifest), as: UTF8.self)
    }
}

extension SQLConnection {
    /// Leaves the manifest of a file, as its row stands now, to be written.
    func enqueueManifest(
        of file: FileRow, in project: ProjectRow, state: FileManifest.State? = nil,
        replaced: FileManifest.Replaced? = nil
    ) throws {
        let manifest = try manifest(of: file, in: project, state: state, replaced: replaced)
        let key = StorageKey.manifest(
            index: project.index.name, project: project.name, filename: file.filename, serial: file.serial)
        try enqueueManifest(key, text: try ManifestText.text(of: manifest.withinBounds))
    }

    /// Returns the manifest of a file, as its row stands now.
    func manifest(
        of file: FileRow, in project: ProjectRow, state: FileManifest.State? = nil,
        replaced: FileManifest.Replaced? = nil
    ) throws -> FileManifest {
        FileManifest(
            state: state ?? file.manifestState, index: project.index.name.description,
            project: project.name.description, filename: file.filename, serial: file.serial, fileKey: file.fileKey,
            packageType: file.packageType, version: file.version, size: file.size, digests: file.digests,
            metadataDigest: file.metadataDigest, metadataSize: file.metadataSize,
            advertisesMetadata: file.advertisesMetadata,
            requiresPython: file.requiresPython, summary: file.summary, attestations: try attestations(of: file),
            uploadedAt: file.uploadedAt, uploader: file.uploader, uploaderID: file.uploaderID,
            isYanked: file.isYanked, yankedReason: file.yankedReason, changedBy: file.changedBy,
            changedAt: file.changedAt, replaced: replaced, source: file.source)
    }

    /// Leaves the manifest of a project's state to be written.
    func enqueueManifest(of project: ProjectRow, serial: Int64, changedBy: String, changedAt: Int64) throws {
        let manifest = try manifest(of: project, serial: serial, changedBy: changedBy, changedAt: changedAt)
        let key = StorageKey.projectManifest(index: project.index.name, project: project.name, serial: serial)
        try enqueueManifest(key, text: try ManifestText.text(of: manifest))
    }

    /// Returns the manifest of a project's state.
    func manifest(
        of project: ProjectRow, serial: Int64, changedBy: String, changedAt: Int64
    ) throws -> ProjectManifest {
        let isGranted = try hasGrants(project.name, in: project.index)
        return ProjectManifest(
            index: project.index.name.description, project: project.name.description,
            displayName: project.displayName, serial: serial, origin: project.origin.description,
            status: project.status.rawValue, statusReason: project.statusReason,
            hadGrants: isGranted || project.isClosed, createdAt: project.createdAt, changedBy: changedBy,
            changedAt: changedAt)
    }
}

extension FileRow {
    fileprivate var manifestState: FileManifest.State {
        switch state {
        case .published: .published
        case .deleted: .deleted
        case .purged: .purged
        }
    }
}
