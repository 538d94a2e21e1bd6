public import Logging
public import NIOPosix

/// The package index: its use cases over a database and a storage.
///
/// A use case is a method in `Registry+<topic>.swift`. Each takes who asks, decides through `AccessDecision`, and throws
/// nothing but `RegistryError`.
public final class Registry: Sendable {
    /// The indexes of the configuration, by name.
    public let indexes: [IndexName: IndexSettings]
    public let database: any Database
    public let storage: any Storage
    /// Other indexes, by id.
    let upstreams: [String: any Upstream]
    /// How the pages of each upstream are kept, by id.
    let upstreamSettings: [String: UpstreamSettings]
    /// Where uploads wait, hashed, until they are checked and durable.
    public let spool: Spool
    /// Rendered pages and their compressed forms.
    public let pages: PageCache
    /// Small stored files, and open ones.
    public let files: FileCache
    /// What happened, counted.
    public let metrics: RegistryMetrics
    let clock: Clock
    let observer: PublishObserver
    let logger: Logger
    /// The threads on which archives are checked and pages compressed.
    let workers: NIOThreadPool
    let freshness: FreshnessState
    /// The exceptions to the indexes' policies.
    let exceptionCache = ExceptionCache()
    let outboxFlush: OutboxFlush

    /// Puts the parts together; nothing is read or written yet.
    ///
    /// - Parameters:
    ///   - settings: What the configuration says.
    ///   - database: Where everything but bytes is kept.
    ///   - storage: Where bytes are kept.
    ///   - upstreams: Those that the settings name.
    ///   - spool: Where uploads wait.
    ///   - workers: Running threads for blocking and long computations.
    ///   - clock: The time.
    ///   - observer: What is called at each step of publishing.
    ///   - logger: Where background work reports.
    public init(
        settings: RegistrySettings, database: any Database, storage: any Storage,
        upstreams: [any Upstream] = [], spool: Spool,
        workers: NIOThreadPool, clock: Clock = .system, observer: PublishObserver = .none, logger: Logger
    ) {
        self.indexes = Dictionary(uniqueKeysWithValues: settings.indexes.map { ($0.name, $0) })
        self.database = database
        self.storage = storage
        self.upstreams = Dictionary(uniqueKeysWithValues: upstreams.map { ($0.id, $0) })
        self.upstreamSettings = Dictionary(uniqueKeysWithValues: settings.upstreams.map { ($0.id, $0) })
        self.spool = spool
        self.workers = workers
        self.clock = clock
        self.observer = observer
        self.logger = logger
        self.pages = PageCache(capacity: settings.pageCacheSize)
        self.files = FileCache(capacity: settings.fileCacheSize)
        self.metrics = RegistryMetrics()
        self.freshness = FreshnessState()
        self.outboxFlush = OutboxFlush()
    }

    /// Makes the indexes known to the database and ties database and storage together.
    ///
    /// Throws `.internal` where the storage belongs to another database, and `.conflict` where the database is empty and
    /// the storage is not.
    public func start() async throws {
        try await tieStorageToDatabase()
        try await database.declareIndexes(indexes.keys.sorted())
        try await flushOutbox()
        try await observeChanges()
    }

    /// The settings of an index. Throws `.notFound`.
    public func settings(of index: IndexName) throws -> IndexSettings {
        guard let settings = indexes[index] else {
            throw RegistryError(.notFound, "There is no index called \(index) here.")
        }
        return settings
    }

    /// Throws where a caller does not hold a right: 401's reason for strangers, 404's for people who may not even read.
    func require(_ right: Right, of caller: Caller, in settings: IndexSettings, to action: String) throws {
        guard !AccessDecision.allows(right, to: caller, in: settings) else { return }
        guard caller.isKnown else {
            throw RegistryError(.authenticationRequired, "You must log in to \(action) in the index \(settings.name).")
        }
        if right == .read {
            throw RegistryError(.notFound, "There is nothing here under this name.")
        }
        throw RegistryError(.forbidden, "\(caller.name) may not \(action) in the index \(settings.name).")
    }

    /// Whether everyone may read in an index, so that shared caches may keep its files.
    public func isPublic(_ index: IndexName) -> Bool {
        indexes[index].map { AccessDecision.allows(.read, to: .anonymous, in: $0) } ?? false
    }

    /// The settings of an index. Throws where a caller may not read in it.
    public func requireRead(_ caller: Caller, in index: IndexName) throws -> IndexSettings {
        let settings = try settings(of: index)
        try require(.read, of: caller, in: settings, to: "read")
        return settings
    }

    /// The author of a change that a caller makes now.
    func author(_ caller: Caller) -> ChangeAuthor {
        if case .person(let person) = caller {
            return ChangeAuthor(name: person.name, userID: person.id, at: clock.now())
        }
        return ChangeAuthor(name: caller.name, userID: nil, at: clock.now())
    }
}
