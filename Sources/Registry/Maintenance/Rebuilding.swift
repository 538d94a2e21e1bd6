import NIOCore
import PackagingStandards

/// The progress of a rebuild.
public struct RebuildProgress: Sendable, Hashable {
    /// Manifests read.
    public var manifests = 0
    /// Projects found.
    public var projects = 0
    /// Files found, including deleted ones.
    public var files = 0
    /// The manifests that are larger than any that is written today: their texts that are too long were left out.
    public var oversized: [StorageKey] = []
    /// Those among them that could not be read at all: their files are not in the database now.
    public var unreadable: [StorageKey] = []
}

/// Makes the database again from the storage.
public struct Rebuilding: Sendable {
    let indexes: Indexes
    let database: any RebuildDatabase & InstallationDatabase & ChangesDatabase & LeaseDatabase
    let storage: any Storage
    let outbox: Outbox
    let invalidation: Invalidation
    let leases: Leases
    let describing: Describing
    let clock: WallClock

    /// Makes the database's projects, releases and files again from the storage's manifests, or adds to them what the
    /// manifests have, and describes the projects by their core metadata in storage.
    ///
    /// People and rights are left alone. If a manifest cannot be read, nothing is changed. Servers on the database keep it
    /// from beginning; one that begins meanwhile refuses writes. What is published all the same is not lost: then nothing
    /// is changed either.
    ///
    /// - Parameters:
    ///   - addsOnly: Whether what no manifest names stays, and the rest unless a manifest is newer.
    ///   - isAlone: Whether the caller knows that nobody else uses the database, by a lock of the operating system; a
    ///     killed server or rebuild is not waited for then.
    ///   - report: Called from time to time with the progress.
    /// - Returns: What was read.
    /// - Throws: `.conflict` if a server is at work or another rebuild, or if anything was changed meanwhile; `.internal`,
    ///   naming the first manifest that cannot be read; and what database and storage throw.
    @discardableResult
    public func rebuild(
        addsOnly: Bool = false, isAlone: Bool = false, report: @escaping @Sendable (RebuildProgress) -> Void = { _ in }
    ) async throws -> RebuildProgress {
        if isAlone { return try await read(addsOnly: addsOnly, report: report) }
        return try await leases.holding(.rebuild, patience: Self.patience, orElse: Self.isRebuilding) {
            if let other = try await database.replicas().first(where: { $0.description.id != leases.holder }) {
                throw Self.isServed(by: other)
            }
            return try await read(addsOnly: addsOnly, report: report)
        }
    }

    /// Makes an empty database again, for servers that start. If several start at once, one does it, and the others wait.
    ///
    /// Throws as `rebuild` does. Returns what was read, or nil if the database is not empty, or not any more.
    public func rebuildIfEmpty() async throws -> RebuildProgress? {
        try await leases.holding(.rebuild, patience: Self.longPatience, orElse: Self.isRebuilding) {
            guard try await database.isEmpty() else { return nil }
            return try await read(addsOnly: false) { _ in }
        }
    }

    /// How long a rebuild waits for the lease of another one, which may have been killed.
    private static let patience = Duration.seconds(35)
    /// How long a starting server waits for another one that rebuilds the database.
    private static let longPatience = Duration.seconds(3600)

    private static let isRebuilding = RegistryError(
        .conflict, "Another rebuild of this database is under way: wait for its end.")

    private static func isServed(by replica: Replica) -> RegistryError {
        RegistryError(
            .conflict,
            """
            The server \(replica.description.name) uses this database (last seen at \(replica.seenAt)). Stop all servers \
            first: a rebuild replaces the database under them. One that was killed is forgotten within a minute.
            """)
    }

    private func read(
        addsOnly: Bool, report: @Sendable (RebuildProgress) -> Void
    ) async throws -> RebuildProgress {
        let start = try await database.changes(since: nil).cursor
        // The manifests that are still in the outbox must be read too.
        try await outbox.flush()
        var collector = RebuildCollector()
        let reader = ManifestReader(storage)
        try await storage.forEachPage(of: StorageKey.manifestsPrefix) { objects in
            try await reader.read(objects) { try collector.add($0, $1) }
            report(collector.progress)
        }
        if let id = try await storage.get(.installation, limit: 256) {
            try await database.adoptInstallationID(String(buffer: id))
        }
        try await database.declareIndexes(indexes.names)
        try await database.rebuild(
            from: collector.contents, keepingRows: addsOnly, since: start, now: clock.now())
        invalidation.everythingChanged()
        try await describing.run()
        return collector.progress
    }
}

/// Collects the valid ones of all manifests: the highest serial of each file name and project.
private struct RebuildCollector {
    private struct FileID: Hashable {
        let index: String
        let project: String
        let filename: String

        init(index: String, project: String, filename: String) {
            self.index = index
            self.project = project
            self.filename = filename
        }

        /// Makes the id of the file in a manifest's key.
        init?(manifest key: StorageKey) {
            let parts = key.description.split(separator: "/").map(String.init)
            guard parts.count == 5 else { return nil }
            self.init(index: parts[1], project: parts[2], filename: parts[3])
        }
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
    private var exceptions: [ProjectID: ExceptionsManifest] = [:]
    private var replaced: [FileManifest] = []
    /// The files of which a manifest could not be read: their other manifests may not be valid.
    private var unknown: Set<FileID> = []
    private(set) var progress = RebuildProgress()

    var contents: RebuildContents {
        RebuildContents(
            projects: projects.values.sorted { ($0.index, $0.project) < ($1.index, $1.project) },
            files: files.filter { !unknown.contains($0.key) }.values.sorted {
                ($0.index, $0.serial, $0.filename) < ($1.index, $1.serial, $1.filename)
            },
            firstOfReleases: firsts.values.sorted { ($0.index, $0.serial) < ($1.index, $1.serial) },
            replaced: replaced,
            exceptions: exceptions.values.sorted { ($0.index, $0.project) < ($1.index, $1.project) })
    }

    mutating func add(_ object: StoredObject, _ content: ManifestReader.Content?) throws {
        if object.isOversized { progress.oversized.append(object.key) }
        switch content {
        case .file(let manifest):
            do {
                try add(manifest)
            } catch {
                throw RegistryError(.internal, "The manifest \(object.key) cannot be read: \(error)", cause: error)
            }
        case .project(let manifest): add(manifest)
        case .exceptions(let manifest): add(manifest)
        case .unreadable:
            progress.unreadable.append(object.key)
            if let file = FileID(manifest: object.key) { unknown.insert(file) }
        case nil: return
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

    private mutating func add(_ manifest: ExceptionsManifest) {
        let id = ProjectID(index: manifest.index, project: manifest.project)
        guard (exceptions[id]?.serial ?? -1) < manifest.serial else { return }
        exceptions[id] = manifest
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
