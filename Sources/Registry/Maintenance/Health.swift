public import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards

/// Says what is wrong with an installation.
public struct Health: Sendable {
    /// A folder whose file system must not be full.
    public struct Folder: Sendable, Hashable {
        /// What it is for: `data`, `spool` or `storage`.
        public let name: String
        public let path: String

        public init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    /// The least part of a file system that should be free, and the least bytes: below both, something is wrong.
    private static let leastFree = (part: 0.05, bytes: Int64(1) << 30)

    let permissions: Permissions
    let indexes: Indexes
    let database: any InstallationDatabase & CachingDatabase & LeaseDatabase
    let storage: any Storage
    let spool: Spool
    let upstreams: [any Upstream]
    let replicas: Replicas
    let jobs: JobStates
    let folders: [Folder]

    /// Looks at everything; for administrators.
    ///
    /// - Parameters:
    ///   - isThorough: Whether the database is checked as a whole, which takes long if it is large, and the upstreams are
    ///     asked.
    ///   - caller: Who looks.
    /// - Returns: What was found, well or not.
    /// - Throws: `.forbidden` and `.authenticationRequired`; what is wrong is in the findings.
    public func findings(isThorough: Bool, caller: Caller) async throws -> [HealthFinding] {
        try permissions.requireAdministrator(caller, to: "look at the health of the server")
        var findings: [HealthFinding] = []
        findings.append(await databaseFinding(isThorough: isThorough))
        findings.append(await attempt(.storage) { try await storage.check() })
        findings.append(await attempt(.spool) { try await Self.check(spool) })
        findings.append(await tieFinding())
        findings += await diskFindings()
        findings += await quotaFindings()
        findings += await upstreamFindings(isThorough: isThorough)
        findings += jobFindings()
        findings += await replicaFindings()
        return findings
    }

    // MARK: Database, storage and spool

    private func databaseFinding(isThorough: Bool) async -> HealthFinding {
        do {
            guard isThorough else {
                _ = try await database.installationID()
                return HealthFinding(.database)
            }
            let health = try await database.check()
            return HealthFinding(.database, isHealthy: health.isHealthy, health.details)
        } catch {
            return HealthFinding(.database, isHealthy: false, [Self.message(of: error)])
        }
    }

    /// Receives a small upload, which is dropped at once. Throws what the spool does.
    public static func check(_ spool: Spool) async throws {
        let writer = try await spool.begin(maxSize: 1024)
        do {
            try await writer.write(ByteBuffer(string: "cellar check"))
            _ = try await writer.finish()
        } catch {
            writer.cancel()
            throw error
        }
    }

    /// Returns what is wrong with the tie between database and storage; nil if nothing is.
    public static func tieProblem(
        _ database: any InstallationDatabase, _ storage: any Storage
    ) async throws -> String? {
        guard let stored = try await storage.get(.installation, limit: 256).map({ String(buffer: $0) }) else {
            return nil
        }
        let known = try await database.installationID()
        guard stored != known else { return nil }
        return "the storage belongs to installation \(stored), and the database to installation \(known)"
    }

    private func tieFinding() async -> HealthFinding {
        do {
            let problem = try await Self.tieProblem(database, storage)
            return HealthFinding(.installation, isHealthy: problem == nil, problem.map { [$0] } ?? [])
        } catch {
            return HealthFinding(.installation, isHealthy: false, [Self.message(of: error)])
        }
    }

    // MARK: Room

    /// Returns the room in the folders' file systems; a folder that cannot be looked at has none.
    public func rooms() async -> [(folder: Folder, room: HealthFinding.Room?)] {
        let folders = folders
        let looked = try? await spool.threads.runIfActive { folders.map { DiskSpace(at: $0.path) } }
        return zip(folders, looked ?? folders.map { _ in nil }).map { folder, space in
            (folder: folder, room: space.map { HealthFinding.Room(used: $0.total - $0.free, limit: $0.total) })
        }
    }

    private func diskFindings() async -> [HealthFinding] {
        await rooms().map { folder, room in
            guard let room else {
                return HealthFinding(.disk(folder.name), isHealthy: false, ["the folder cannot be looked at"])
            }
            let least = min(Int64(Double(room.limit) * Self.leastFree.part), Self.leastFree.bytes)
            return HealthFinding(.disk(folder.name), isHealthy: room.limit - room.used >= least, room: room)
        }
    }

    private func quotaFindings() async -> [HealthFinding] {
        var findings: [HealthFinding] = []
        for settings in indexes.all {
            guard let quota = settings.cacheQuota else { continue }
            do {
                let used = try await database.cachedBytes(in: settings.name)
                findings.append(
                    HealthFinding(
                        .quota(settings.name), isHealthy: used <= quota,
                        room: HealthFinding.Room(used: used, limit: quota)))
            } catch {
                findings.append(HealthFinding(.quota(settings.name), isHealthy: false, [Self.message(of: error)]))
            }
        }
        return findings
    }

    // MARK: Others

    /// Looks at the upstreams alone; for administrators. `isThorough` also asks them.
    public func upstreams(isThorough: Bool, caller: Caller) async throws -> [HealthFinding] {
        try permissions.requireAdministrator(caller, to: "look at upstreams")
        return await upstreamFindings(isThorough: isThorough)
    }

    /// Returns what the database says of itself when it is checked as a whole; for administrators.
    public func database(caller: Caller) async throws -> HealthFinding {
        try permissions.requireAdministrator(caller, to: "check the database")
        return await databaseFinding(isThorough: true)
    }

    private func upstreamFindings(isThorough: Bool) async -> [HealthFinding] {
        await withTaskGroup(of: (Int, HealthFinding).self) { group in
            for (number, upstream) in upstreams.enumerated() {
                group.addTask { (number, await finding(of: upstream, isThorough: isThorough)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func finding(of upstream: any Upstream, isThorough: Bool) async -> HealthFinding {
        let rests = upstream.rests.map { "\($0.host) is left alone for \($0.seconds) s more, since it failed" }
        guard isThorough else { return HealthFinding(.upstream(upstream.id), isHealthy: rests.isEmpty, rests) }
        do {
            try await upstream.check()
            return HealthFinding(.upstream(upstream.id), isHealthy: rests.isEmpty, rests)
        } catch {
            return HealthFinding(.upstream(upstream.id), isHealthy: false, rests + [Self.message(of: error)])
        }
    }

    private func jobFindings() -> [HealthFinding] {
        jobs.failing.map { HealthFinding(.job($0.job), isHealthy: false, [$0.reason]) }
    }

    private func replicaFindings() async -> [HealthFinding] {
        guard let own = replicas.own else { return [] }
        do {
            let others = try await database.replicas().map(\.description).filter { $0.id != own.id }
            let differing = others.filter { $0.configuration != own.configuration || $0.version != own.version }
            return [
                HealthFinding(
                    .replicas, isHealthy: differing.isEmpty,
                    differing.map { other in
                        other.configuration != own.configuration
                            ? "\(other.name) has another configuration than this server"
                            : "\(other.name) is of another version: \(other.version)"
                    })
            ]
        } catch {
            return [HealthFinding(.replicas, isHealthy: false, [Self.message(of: error)])]
        }
    }

    private func attempt(_ subject: HealthFinding.Subject, _ work: () async throws -> Void) async -> HealthFinding {
        do {
            try await work()
            return HealthFinding(subject)
        } catch {
            return HealthFinding(subject, isHealthy: false, [Self.message(of: error)])
        }
    }

    private static func message(of error: any Error) -> String {
        switch error {
        case let error as RegistryError: error.message(isKnown: true)
        case let error as UpstreamError: error.message
        default: "it fails, and the log says why"
        }
    }
}

/// What was found about one part of an installation.
public struct HealthFinding: Sendable, Hashable {
    /// What was looked at.
    public enum Subject: Sendable, Hashable {
        case database
        case storage
        case spool
        /// Whether database and storage belong together.
        case installation
        /// The file system of a folder.
        case disk(String)
        /// The room for cached files of an index.
        case quota(IndexName)
        case upstream(String)
        /// Work that is done again and again.
        case job(String)
        /// The servers on the database.
        case replicas
    }

    /// How much is used of what there is, in bytes.
    public struct Room: Sendable, Hashable {
        public let used: Int64
        public let limit: Int64

        public init(used: Int64, limit: Int64) {
            self.used = used
            self.limit = limit
        }
    }

    public let subject: Subject
    public let isHealthy: Bool
    /// What is to be said of it, for administrators.
    public let details: [String]
    /// Nil for what has no bound.
    public let room: Room?

    public init(_ subject: Subject, isHealthy: Bool = true, _ details: [String] = [], room: Room? = nil) {
        self.subject = subject
        self.isHealthy = isHealthy
        self.details = details
        self.room = room
    }
}
