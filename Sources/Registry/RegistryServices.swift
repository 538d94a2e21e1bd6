public import LocalFiles
public import Logging
import NIOCore
public import NIOPosix
import PackagingStandards

/// The package index: its services, composed over a database and a storage.
///
/// Each use case is a method of one service, which takes the caller, asks `Permissions`, and throws only
/// `RegistryError`s.
public final class RegistryServices: Sendable {
    public let indexes: Indexes
    public let permissions: Permissions
    public let publishing: Publishing
    public let pages: Pages
    public let downloads: Downloads
    public let downloadCounting: DownloadCounting
    public let tagCounting: TagCounting
    public let fetching: Fetching
    public let management: Management
    public let policies: Policies
    public let explaining: Explaining
    /// What the pages for people show of a project.
    public let details: ProjectDetails
    public let search: Search
    /// Who uses a project here.
    public let dependents: Dependents
    public let newestReleases: NewestReleases
    /// Keeps what projects are found by as it is in their core metadata.
    public let describing: Describing
    public let downloadStatistics: DownloadStatistics
    public let serverStatistics: ServerStatistics
    /// Counts what is answered, for the statistics of the server.
    public let trafficCounting: TrafficCounting
    public let people: People
    /// Asks outside about people who have tokens.
    public let confirming: Confirming
    public let links: OneTimeLinks
    public let registrations: Registrations
    public let granting: Granting
    public let tokens: Tokens
    public let publishers: Publishers
    public let identityTrading: IdentityTrading
    public let singleSignOn: SingleSignOn
    public let declaring: Declaring
    /// Counts what is refused, for the audit.
    public let refusals: Refusals
    /// Passes the audit on.
    public let auditDelivery: AuditDelivery
    public let outbox: Outbox
    public let freshness: Freshness
    public let rebuilding: Rebuilding
    public let sweeping: Sweeping
    /// A sweep that an administrator watches.
    public let sweepJob: SweepJob
    /// What fails of the work that is done again and again.
    public let jobs: JobStates
    public let health: Health
    public let upstreamHealth: UpstreamHealth
    public let pruning: Pruning
    public let pageExpiry: PageExpiry
    /// What one process does for all.
    public let leases: Leases
    /// What this server knows of the others on the same database.
    public let replicas: Replicas
    /// Counts wrong passwords together with them.
    public let sharedGuesses: SharedGuesses
    public let invalidation: Invalidation
    /// Counts of what happened.
    public let metrics: RegistryMetrics
    public let database: any Database
    public let storage: any Storage
    /// The local folder in which uploads are received and hashed before they are checked and stored.
    public let spool: Spool
    /// Threads that uploads run on, and may block; nil for those of all tasks.
    public let uploadThreads: BlockingThreads?
    let upstreamPages: UpstreamPages
    private let installation: InstallationTie

    /// Composes the parts; nothing is read or written yet.
    ///
    /// - Parameters:
    ///   - settings: The configuration.
    ///   - database: Holds everything but bytes.
    ///   - storage: Holds bytes.
    ///   - upstreams: The upstreams in the settings.
    ///   - spool: Receives uploads.
    ///   - workers: Running threads for blocking and long computations, such as checks of archives.
    ///   - compressors: Running threads that compress pages; nil for the workers.
    ///   - uploadThreads: Threads that uploads run on; nil for those of all tasks.
    ///   - syncDelay: How long small files that are stored wait until they are synced, together.
    ///   - identities: Proves who the jobs of CI systems are.
    ///   - providers: The providers with which people sign in.
    ///   - clock: The time.
    ///   - observer: Called at each step of publishing.
    ///   - metrics: The counts; pass one if the upstreams count into it too.
    ///   - logger: Logs background work.
    public init(
        settings: RegistrySettings, database: any Database, storage: any Storage, upstreams: [any Upstream] = [],
        spool: Spool, workers: NIOThreadPool, compressors: NIOThreadPool? = nil, uploadThreads: BlockingThreads? = nil,
        syncDelay: Duration = Outbox.usualDelay, identities: IdentityProofs = .none, providers: [SignOnProvider] = [],
        clock: WallClock = .system,
        observer: PublishObserver = .none,
        metrics: RegistryMetrics = RegistryMetrics(), logger: Logger
    ) {
        self.database = database
        self.storage = storage
        self.spool = spool
        self.uploadThreads = uploadThreads
        self.metrics = metrics
        indexes = Indexes(settings.indexes)
        leases = Leases(database: database, logger: logger)
        let access = AccessMemory()
        permissions = Permissions(indexes: indexes, memory: access)
        replicas = Replicas(
            permissions: permissions, database: database, holder: leases.holder, logger: logger, metrics: metrics)
        sharedGuesses = SharedGuesses(database: database, replicas: replicas)
        let rights = ProjectRights(permissions: permissions, database: database)
        invalidation = Invalidation(
            pages: PageCache(capacity: settings.pageCacheSize), files: FileCache(capacity: settings.fileCacheSize),
            indexes: indexes.names)
        let removal = BlobRemoval(database: database, storage: storage, clock: clock, logger: logger)
        outbox = Outbox(
            database: database, storage: storage, removal: removal, observer: observer, clock: clock, delay: syncDelay)
        installation = InstallationTie(database: database, storage: storage)
        policies = Policies(
            permissions: permissions, database: database, invalidation: invalidation, outbox: outbox, clock: clock)
        downloadCounting = DownloadCounting(database: database, metrics: metrics, clock: clock)
        tagCounting = TagCounting(database: database, permissions: permissions, clock: clock)
        let held = HeldFiles(
            permissions: permissions, policies: policies, database: database, storage: storage,
            smallFileSize: settings.smallFileSize, invalidation: invalidation, downloads: downloadCounting, clock: clock
        )
        upstreamPages = UpstreamPages(
            database: database,
            settings: Dictionary(uniqueKeysWithValues: settings.upstreams.map { ($0.id, $0) }), clock: clock,
            logger: logger, metrics: metrics, limits: settings.fetchLimits, indexes: indexes,
            invalidation: invalidation)
        let resolver = ProjectResolver(
            indexes: indexes, permissions: permissions, policies: policies, database: database,
            upstreams: Dictionary(uniqueKeysWithValues: upstreams.map { ($0.id, $0) }), pages: upstreamPages,
            clock: clock, logger: logger)
        let keeping = Keeping(
            indexes: indexes, database: database, storage: storage, spool: spool, workers: workers,
            upstreamPages: upstreamPages, invalidation: invalidation, outbox: outbox, observer: observer, clock: clock,
            logger: logger)
        let fetches = FileFetches(limits: settings.fetchLimits)
        fetching = Fetching(
            permissions: permissions, database: database, keeping: keeping,
            flights: Flights(
                leases: leases, replicas: replicas, database: database, storage: storage, threads: spool.threads,
                patience: settings.fetchLimits.patience, clock: clock), spool: spool, fetches: fetches,
            metrics: metrics, clock: clock, logger: logger)
        let upstreamMetadata = UpstreamMetadata(
            database: database, storage: storage, fetching: fetching, upstreamPages: upstreamPages,
            invalidation: invalidation, limits: settings.fetchLimits, clock: clock, logger: logger)
        pruning = Pruning(
            indexes: indexes, permissions: permissions, database: database, fetches: fetches,
            downloads: downloadCounting, invalidation: invalidation, outbox: outbox, removal: removal, clock: clock)
        downloads = Downloads(
            permissions: permissions, database: database, storage: storage, invalidation: invalidation, held: held,
            counting: downloadCounting, resolver: resolver, fetching: fetching, metadata: upstreamMetadata,
            pruning: pruning, clock: clock,
            logger: logger)
        let metadata = CoreMetadataReading(
            storage: storage, fetching: fetching, upstreamMetadata: upstreamMetadata)
        pages = Pages(
            permissions: permissions, rights: rights, database: database, resolver: resolver, metadata: metadata,
            invalidation: invalidation, baseURL: settings.baseURL, compressors: compressors ?? workers,
            metrics: metrics, clock: clock,
            logger: logger)
        publishing = Publishing(
            permissions: permissions, rights: rights, database: database, storage: storage, spool: spool,
            workers: workers, invalidation: invalidation, outbox: outbox, removal: removal,
            attestations: AttestationCheck(trustRoots: settings.trustRoots), observer: observer, clock: clock,
            logger: logger)
        management = Management(
            permissions: permissions, rights: rights, database: database, invalidation: invalidation, outbox: outbox,
            removal: removal, clock: clock)
        people = People(permissions: permissions, database: database, clock: clock)
        confirming = Confirming(database: database, clock: clock)
        links = OneTimeLinks(permissions: permissions, database: database, clock: clock)
        registrations = Registrations(permissions: permissions, database: database, clock: clock)
        refusals = Refusals(database: database, clock: clock)
        auditDelivery = AuditDelivery(database: database, clock: clock)
        explaining = Explaining(resolver: resolver, rights: rights)
        details = ProjectDetails(
            explaining: explaining, rights: rights, metadata: metadata, database: database)
        search = Search(indexes: indexes, permissions: permissions, database: database)
        dependents = Dependents(permissions: permissions, database: database)
        newestReleases = NewestReleases(permissions: permissions, database: database)
        describing = Describing(database: database, storage: storage, logger: logger)
        downloadStatistics = DownloadStatistics(rights: rights, database: database, clock: clock)
        serverStatistics = ServerStatistics(permissions: permissions, database: database, clock: clock)
        trafficCounting = TrafficCounting(database: database, clock: clock)
        freshness = Freshness(
            database: database, access: access, invalidation: invalidation, policies: policies,
            upstreamPages: upstreamPages)
        granting = Granting(
            permissions: permissions, rights: rights, database: database, invalidation: invalidation, outbox: outbox,
            freshness: freshness, clock: clock)
        declaring = Declaring(
            database: database, invalidation: invalidation, outbox: outbox, freshness: freshness, clock: clock)
        tokens = Tokens(
            permissions: permissions, database: database, freshness: freshness, clock: clock,
            verifier: TokenVerifier(
                database: database, accessEpoch: { [freshness] in freshness.accessEpoch }, clock: clock))
        publishers = Publishers(
            proofs: identities, permissions: permissions, granting: granting, database: database,
            freshness: freshness, clock: clock)
        identityTrading = IdentityTrading(
            proofs: identities, permissions: permissions, database: database, tokens: tokens, freshness: freshness,
            refusals: refusals, clock: clock, logger: logger)
        singleSignOn = SingleSignOn(
            providers: providers, database: database, freshness: freshness, refusals: refusals, clock: clock)
        rebuilding = Rebuilding(
            indexes: indexes, database: database, storage: storage, outbox: outbox, invalidation: invalidation,
            leases: leases, describing: describing, clock: clock)
        sweeping = Sweeping(database: database, storage: storage, removal: removal, clock: clock)
        sweepJob = SweepJob(sweeping: sweeping, permissions: permissions, leases: leases, clock: clock)
        jobs = JobStates(clock: clock)
        health = Health(
            permissions: permissions, indexes: indexes, database: database, storage: storage, spool: spool,
            upstreams: upstreams, replicas: replicas, jobs: jobs, folders: settings.watchedFolders)
        upstreamHealth = UpstreamHealth(
            permissions: permissions, indexes: indexes, upstreams: upstreams, metrics: metrics.upstreams)
        pageExpiry = PageExpiry(settings: settings.upstreams, database: database, clock: clock)
    }

    /// All counts, and what is measured now.
    public var metricFamilies: [MetricFamily] {
        metrics.families(pageBytes: invalidation.pages.size, fetches: fetching.count) + metrics.others.current
    }

    /// Declares the indexes to the database and ties database and storage together.
    ///
    /// Throws `.conflict` if the storage belongs to another installation than the database, or to one and the database
    /// is empty.
    public func start() async throws {
        try await installation.hold()
        try await database.declareIndexes(indexes.names)
        try await outbox.flush()
        try await freshness.ensureCurrent()
    }
}
