public import Logging
import NIOCore
public import NIOPosix
import PackagingStandards

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
    /// The pages of upstreams, followed.
    let upstreamPages: UpstreamPages
    /// For each index that looks into others: itself, and all those behind it.
    let chains: [IndexName: [IndexSettings]]
    /// The names that no upstream is asked for, of all indexes.
    let privateNames: [NamePattern]
    /// The names that some index mirrors, and so declares public.
    let mirroredNames: Set<NormalizedName>
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
    /// Threads that compress pages.
    let compressors: NIOThreadPool
    let freshness: FreshnessState
    /// The exceptions to the indexes' policies.
    let exceptionCache = ExceptionCache()
    let outboxFlush: OutboxFlush
    let metadataFetches = SharedTasks<RemoteFileKey, ByteBuffer>()
    let metadataSlots: FetchSlots
    let fetches: FileFetches
    let downloads = DownloadCounters()

    /// Puts the parts together; nothing is read or written yet.
    ///
    /// - Parameters:
    ///   - settings: What the configuration says.
    ///   - database: Where everything but bytes is kept.
    ///   - storage: Where bytes are kept.
    ///   - upstreams: Those that the settings name.
    ///   - spool: Where uploads wait.
    ///   - workers: Running threads for blocking and long computations, such as checks of archives.
    ///   - compressors: Running threads that compress pages; nil for the workers.
    ///   - clock: The time.
    ///   - observer: What is called at each step of publishing.
    ///   - metrics: Where is counted; one is given where the upstreams count into it too.
    ///   - logger: Where background work reports.
    public init(
        settings: RegistrySettings, database: any Database, storage: any Storage, upstreams: [any Upstream] = [],
        spool: Spool, workers: NIOThreadPool, compressors: NIOThreadPool? = nil, clock: Clock = .system,
        observer: PublishObserver = .none,
        metrics: RegistryMetrics = RegistryMetrics(), logger: Logger
    ) {
        self.indexes = Dictionary(uniqueKeysWithValues: settings.indexes.map { ($0.name, $0) })
        self.database = database
        self.storage = storage
        self.upstreams = Dictionary(uniqueKeysWithValues: upstreams.map { ($0.id, $0) })
        self.upstreamSettings = Dictionary(uniqueKeysWithValues: settings.upstreams.map { ($0.id, $0) })
        self.spool = spool
        self.workers = workers
        self.compressors = compressors ?? workers
        self.clock = clock
        self.observer = observer
        self.logger = logger
        let pages = PageCache(capacity: settings.pageCacheSize)
        let files = FileCache(capacity: settings.fileCacheSize)
        self.pages = pages
        self.files = files
        self.metrics = metrics
        self.chains = IndexChains.all(settings.indexes)
        self.privateNames = settings.indexes.flatMap(\.privateNames)
        self.mirroredNames = Set(
            settings.indexes.filter { $0.fallback == .mirror }.flatMap(\.mirrored))
        let follower = UpstreamFollower(indexes: settings.indexes, pages: pages, files: files, clock: clock)
        self.upstreamPages = UpstreamPages(
            database: database, settings: self.upstreamSettings, clock: clock, logger: logger, metrics: metrics,
            limits: settings.fetchLimits, follower: follower)
        self.freshness = FreshnessState()
        self.outboxFlush = OutboxFlush()
        self.fetches = FileFetches(limits: settings.fetchLimits)
        self.metadataSlots = FetchSlots(
            count: settings.fetchLimits.maxMetadata, maxWaiting: settings.fetchLimits.maxWaiting)
    }

    /// Fetches of upstreams' files that run or wait for their turn.
    public var runningFetches: Int { fetches.count }

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

    /// The settings of an index in which a caller holds a right.
    ///
    /// Throws `.forbidden` for people who may read there, `.authenticationRequired` for anonymous callers. An index that
    /// the caller may not read is answered as one that is not there.
    func settings(
        of index: IndexName, for caller: Caller, holding right: Right, to action: String
    ) throws -> IndexSettings {
        guard let settings = indexes[index] else { throw unseen(index, by: caller, action) }
        try require(right, of: caller, in: settings, to: action)
        return settings
    }

    /// Throws if a caller does not hold a right in an index, as `settings(of:for:holding:to:)`.
    func require(_ right: Right, of caller: Caller, in settings: IndexSettings, to action: String) throws {
        guard !AccessDecision.allows(right, to: caller, in: settings) else { return }
        guard AccessDecision.allows(.read, to: caller, in: settings) else {
            throw unseen(settings.name, by: caller, action)
        }
        guard caller.isKnown else { throw loginNeeded(to: action, in: settings.name) }
        throw RegistryError(.forbidden, "\(caller.name) may not \(action) in the index \(settings.name).")
    }

    /// The same for an index that is hidden from a caller and for one that does not exist: 401's reason for anonymous
    /// callers, if any index here is not open to everyone, and 404's for people who are known.
    private func unseen(_ index: IndexName, by caller: Caller, _ action: String) -> RegistryError {
        if !caller.isKnown, !indexes.values.allSatisfy({ AccessDecision.allows(.read, to: .anonymous, in: $0) }) {
            return loginNeeded(to: action, in: index)
        }
        let hidden = caller.isKnown && !caller.isAdministrator ? ", or you may not read in it" : ""
        return RegistryError(.notFound, "There is no index called \(index) here\(hidden).")
    }

    func loginNeeded(to action: String, in index: IndexName) -> RegistryError {
        RegistryError(.authenticationRequired, "You must log in to \(action) in the index \(index).")
    }

    /// What is answered for something that an index does not have, as far as a caller may see: whether there is more is
    /// not told to anonymous callers before they log in, if the index looks into one that they may not read.
    func absent(_ error: RegistryError, in index: IndexName, for caller: Caller) -> RegistryError {
        let chain = chains[index] ?? []
        guard !caller.isKnown, !chain.allSatisfy({ AccessDecision.allows(.read, to: caller, in: $0) }) else {
            return error
        }
        return loginNeeded(to: "see all that there is", in: index)
    }

    /// Whether everyone may read in an index and in all indexes behind it, so that shared caches may keep its files.
    public func isPublic(_ index: IndexName) -> Bool {
        guard let settings = indexes[index] else { return false }
        return (chains[index] ?? [settings]).allSatisfy { AccessDecision.allows(.read, to: .anonymous, in: $0) }
    }

    /// Whether web pages of any site may read an index: it is set so, and everyone may read it.
    public func isOpenToWebPages(_ index: IndexName) -> Bool {
        indexes[index]?.isOpenToWebPages == true && isPublic(index)
    }

    /// The settings of an index. Throws if a caller may not read in it.
    public func requireRead(_ caller: Caller, in index: IndexName) throws -> IndexSettings {
        try settings(of: index, for: caller, holding: .read, to: "read")
    }

    /// The author of a change that a caller makes now.
    func author(_ caller: Caller) -> ChangeAuthor {
        if case .person(let person) = caller {
            return ChangeAuthor(name: person.name, userID: person.id, at: clock.now())
        }
        return ChangeAuthor(name: caller.name, userID: nil, at: clock.now())
    }
}
