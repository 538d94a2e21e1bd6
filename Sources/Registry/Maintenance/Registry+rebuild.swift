import FoundationEssentials
import NIOCore
import PackagingStandards

/// What a rebuild has done so far.
public struct RebuildProgress: Sendable, Hashable {
    /// Manifests read.
    public var manifests = 0
    /// Projects found.
    public var projects = 0
    /// Files found, deleted ones among them.
    public var files = 0
}

extension Registry {
    /// Makes the database's projects, releases and files anew out of the storage's manifests.
    ///
    /// People and rights are left alone. Throws `.internal` naming the first manifest that cannot be read: nothing is
    /// changed then.
    ///
    /// - Parameter report: Told now and then how far it has come.
    /// - Returns: What was read.
    /// - Throws: `.internal` for a manifest that cannot be read, and what database and storage throw.
    @discardableResult
    public func rebuild(report: @Sendable (RebuildProgress) -> Void = { _ in }) async throws -> RebuildProgress {
        // What the present database still owes the storage belongs to the manifests too.
        try await flushOutbox()
        var collector = RebuildCollector()
        var after: StorageKey?
        while true {
            let objects = try await storage.list(StorageKey.manifestsPrefix, after: after, limit: 1000)
            guard let last = objects.last else { break }
            for object in objects { try await collector.add(object.key, from: storage) }
            after = last.key
            report(collector.progress)
        }
        if let id = try await storage.get(.installation, limit: 256) {
            try await database.adoptInstallationID(String(buffer: id))
        }
        try await database.declareIndexes(indexes.keys.sorted())
        try await database.rebuild(from: collector.contents, now: clock.now())
        pages.dropAll()
        files.dropAll()
        return collector.progress
    }
}

/// Of all manifests of a storage, those that hold: the highest serial of each file name and project.
private struct RebuildCollector {
    private struct FileID: Hashable {
        let index: String
        let project: String
        let filename: String
    }

    private struct ReleaseID: Hashable {
        let index: String
        let project: String
        let version: String
    }

    private struct ProjectID: Hashable {
        let index: String
        let project: String
    }

    private var projects: [ProjectID: ProjectManifest] = [:]
    private var files: [FileID: FileManifest] = [:]
    private var firsts: [ReleaseID: FileManifest] = [:]
    private var replaced: [FileManifest] = []
    private(set) var progress = RebuildProgress()

    var contents: RebuildContents {
        RebuildContents(
            projects: projects.values.sorted { ($0.index, $0.project) < ($1.index, $1.project) },
            files: files.values.sorted { ($0.index, $0.serial, $0.filename) < ($1.index, $1.serial, $1.filename) },
            firstOfReleases: firsts.values.sorted { ($0.index, $0.serial) < ($1.index, $1.serial) },
            replaced: replaced)
    }

    mutating func add(_ key: StorageKey, from storage: any Storage) async throws {
        guard let bytes = try await storage.get(key, limit: 16 << 20) else { return }
        let data = Data(bytes.readableBytesView)
        do {
            if key.isProjectManifest {
                add(try JSONDecoder().decode(ProjectManifest.self, from: data))
            } else {
                try add(try JSONDecoder().decode(FileManifest.self, from: data))
            }
        } catch {
            throw RegistryError(.internal, "The manifest \(key) cannot be read: \(error)", cause: error)
        }
        progress.manifests += 1
        progress.projects = projects.count
        progress.files = files.count
    }

    private mutating func add(_ manifest: ProjectManifest) {
        let id = ProjectID(index: manifest.index, project: manifest.project)
        guard (projects[id]?.serial ?? -1) < manifest.serial else { return }
        projects[id] = manifest
    }

    private mutating func add(_ manifest: FileManifest) throws {
        let id = FileID(index: manifest.index, project: manifest.project, filename: manifest.filename)
        if (files[id]?.serial ?? -1) < manifest.serial { files[id] = manifest }
        if manifest.replaced != nil { replaced.append(manifest) }
        guard let version = Version(manifest.version) else {
            throw RegistryError(.internal, "its version \(manifest.version) is not one")
        }
        let release = ReleaseID(index: manifest.index, project: manifest.project, version: version.canonical)
        if (firsts[release]?.serial ?? .max) > manifest.serial { firsts[release] = manifest }
    }
}
