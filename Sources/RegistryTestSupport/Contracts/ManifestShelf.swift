import FoundationEssentials
import PackagingStandards
public import Registry

/// Takes manifests out of a database's outbox, as storage would keep them, and says what a rebuild reads from them.
public struct ManifestShelf: Sendable {
    /// The texts of all manifests so far, by key.
    public private(set) var texts: [StorageKey: String] = [:]
    /// The bytes that were to be removed so far.
    public private(set) var removed: [BlobName] = []

    public init() {}

    /// Carries the outbox out, onto this shelf.
    public mutating func flush(_ database: any OutboxDatabase) async throws {
        while true {
            let entries = try await database.claimOutbox(limit: 100, now: SampleTime.start)
            guard !entries.isEmpty else { return }
            var done: [OutboxEntry] = []
            for entry in entries {
                switch entry.task {
                case .writeManifest(let key, let text): texts[key] = text
                case .keepBlob: break
                case .removeBlob(let blob):
                    guard try await database.permitRemoval(entry, now: SampleTime.start) else { continue }
                    removed.append(blob)
                }
                done.append(entry)
            }
            _ = try await database.completeOutbox(done, now: SampleTime.start)
        }
    }

    /// Returns the manifests of files, in the order of their serials.
    public func fileManifests() throws -> [FileManifest] {
        try texts.filter { key, _ in !["/project/", "/exceptions/"].contains { key.description.contains($0) } }
            .map { try JSONDecoder().decode(FileManifest.self, from: Data($0.value.utf8)) }
            .sorted { ($0.index, $0.serial, $0.filename) < ($1.index, $1.serial, $1.filename) }
    }

    /// Returns the manifests of projects, in the order of their serials.
    public func projectManifests() throws -> [ProjectManifest] {
        try texts.filter { $0.key.description.contains("/project/") }
            .map { try JSONDecoder().decode(ProjectManifest.self, from: Data($0.value.utf8)) }
            .sorted { ($0.index, $0.serial) < ($1.index, $1.serial) }
    }

    /// Returns the last manifest of each project's exceptions.
    public func exceptionsManifests() throws -> [ExceptionsManifest] {
        let all = try texts.filter { $0.key.description.contains("/exceptions/") }
            .map { try JSONDecoder().decode(ExceptionsManifest.self, from: Data($0.value.utf8)) }
        return Dictionary(grouping: all) { "\($0.index)/\($0.project)" }.values
            .compactMap { $0.max { $0.serial < $1.serial } }
            .sorted { ($0.index, $0.project) < ($1.index, $1.project) }
    }

    /// Returns what a rebuild reads: of each file name and project the highest serial, of each release the lowest.
    public func contents() throws -> RebuildContents {
        var projects: [String: ProjectManifest] = [:]
        for manifest in try projectManifests() { projects["\(manifest.index)/\(manifest.project)"] = manifest }
        var files: [String: FileManifest] = [:]
        var firsts: [String: FileManifest] = [:]
        let all = try fileManifests()
        for manifest in all {
            files["\(manifest.index)/\(manifest.project)/\(manifest.filename)"] = manifest
            let release = "\(manifest.index)/\(manifest.project)/\(try Sample.version(manifest.version).canonical)"
            firsts[release] = firsts[release] ?? manifest
        }
        return RebuildContents(
            projects: Array(projects.values), files: Array(files.values), firstOfReleases: Array(firsts.values),
            replaced: all.filter { $0.replaced != nil }, exceptions: try exceptionsManifests())
    }
}
