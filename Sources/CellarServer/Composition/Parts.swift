import FileStorage
import LocalFiles
import Logging
import NIOPosix
import OIDCAuthentication
import PasswordAuthentication
import Registry
import S3Storage
import SQLDatabase
import ServerConfiguration

/// The open parts that every command that touches data needs: the database, the storage, the spool, the upstreams and
/// the registry over them.
struct Parts: Sendable {
    let configuration: ServerConfiguration
    let database: any Database
    let storage: any Storage
    let spool: Spool
    let hasher: PasswordHasher
    let registry: RegistryServices
    /// The place outside that recognises people who have no password here; nil for none.
    let outside: Outside?
    /// Threads for files of the storage and the spool.
    let fileThreads: NIOThreadPool
    /// Threads for checks of archives.
    let workers: NIOThreadPool
    /// Threads that are apart so that none waits for another's work: archives, upstreams' pages, compression.
    private let pools: [NIOThreadPool]
    private let uploadThreads: BlockingThreads
    private let upstreams: Upstreams
    private let identities: IdentityVerifier
    private let providers: LoginProviders
    private let lock: InstallationLock
    private let logger: Logger

    /// Opens everything, in the order folder, lock, database, storage, spool, upstreams; what was opened is closed if a
    /// later part fails.
    static func open(
        _ configuration: ServerConfiguration, adapters: Adapters, environment: [String: String],
        observer: PublishObserver = .none, lock mode: InstallationLock.Mode = .shared, logger: Logger
    ) async throws -> Parts {
        try DataFolder.prepare(for: configuration, adapters: adapters)
        let lock = try InstallationLock(mode, for: configuration, adapters: adapters)
        // Many small files are read at once; archives want a core each. An archive that takes minutes must hold up neither
        // the pages of upstreams nor compression.
        let fileThreads = NIOThreadPool(numberOfThreads: 4)
        let workers = NIOThreadPool(numberOfThreads: 2)
        let pageThreads = NIOThreadPool(numberOfThreads: 2)
        let compressors = NIOThreadPool(numberOfThreads: 1)
        let pools = [fileThreads, workers, pageThreads, compressors]
        for pool in pools { pool.start() }
        // Most of them wait for the disk at any time.
        let uploadThreads = BlockingThreads(count: 16)
        var database: (any Database)?
        var storage: (any Storage)?
        var upstreams: Upstreams?
        var identities: IdentityVerifier?
        var outside: Outside?
        var providers: LoginProviders?
        do {
            let opened = try Failpoint.slowed(
                await openDatabase(configuration, adapters, logger: logger), environment)
            database = opened
            let openedStorage = try await openStorage(
                configuration, adapters, environment: environment, threads: fileThreads, logger: logger)
            storage = openedStorage
            let spool = Spool(
                path: configuration.server.spoolDirectory, capacity: configuration.server.spoolSize,
                threads: fileThreads)
            try await workers.runIfActive { try spool.open() }
            let metrics = RegistryMetrics()
            let asked = try await Upstreams.open(
                configuration, environment: environment, threads: pageThreads, metrics: metrics.upstreams,
                logger: logger)
            upstreams = asked
            let place = try await Outside.open(configuration, threads: workers, logger: logger)
            outside = place
            var settings = RegistrySettings(
                indexes: configuration.indexes, upstreams: configuration.upstreams.map(\.pages),
                pageCacheSize: Int(configuration.server.pageCacheSize),
                baseURL: configuration.server.baseURL?.description)
            // Of a store on another machine even a small file costs a request.
            if configuration.bucket != nil { settings.smallFileSize = 256 << 10 }
            settings.trustRoots = configuration.trustRoots
            settings.watchedFolders = Self.watchedFolders(configuration)
            let verifier = try await IdentityVerifier.open(configuration, threads: workers, logger: logger)
            identities = verifier
            let login = try await LoginProviders(configuration, threads: workers, logger: logger)
            providers = login
            return Parts(
                configuration: configuration, database: opened, storage: openedStorage, spool: spool,
                hasher: try PasswordHasher(),
                registry: RegistryServices(
                    settings: settings, database: opened, storage: openedStorage, upstreams: asked.all, spool: spool,
                    workers: workers, compressors: compressors, uploadThreads: uploadThreads,
                    identities: verifier.proofs(for: configuration), providers: login.signOn,
                    observer: observer, metrics: metrics, logger: logger),
                outside: place, fileThreads: fileThreads, workers: workers, pools: pools, uploadThreads: uploadThreads,
                upstreams: asked, identities: verifier, providers: login, lock: lock, logger: logger)
        } catch {
            await providers?.shutdown()
            await identities?.shutdown()
            await outside?.shutdown()
            await upstreams?.shutdown()
            await database?.close()
            await storage?.close()
            await uploadThreads.stop()
            await stop(pools)
            lock.unlock()
            throw error
        }
    }

    /// Opens everything for the time of some work.
    static func using<Value: Sendable>(
        _ configuration: ServerConfiguration, adapters: Adapters, environment: [String: String],
        observer: PublishObserver = .none, lock mode: InstallationLock.Mode = .shared, logger: Logger,
        _ work: (Parts) async throws -> Value
    ) async throws -> Value {
        let parts = try await open(
            configuration, adapters: adapters, environment: environment, observer: observer, lock: mode,
            logger: logger)
        do {
            let value = try await work(parts)
            await parts.close()
            return value
        } catch {
            await parts.close()
            throw error
        }
    }

    /// Closes everything; fetches that still run are ended, and no request may be under way.
    func close() async {
        await registry.sweepJob.stop()
        await registry.fetching.stop()
        do {
            try await registry.downloadCounting.flush()
            try await registry.tagCounting.flush()
            try await registry.trafficCounting.flush()
        } catch {
            logger.warning("the last downloads could not be counted", metadata: ["error": "\(error)"])
        }
        do {
            try await registry.refusals.flush()
        } catch {
            logger.warning("the last refused requests could not be audited", metadata: ["error": "\(error)"])
        }
        do {
            try await registry.tokens.flush()
        } catch {
            logger.warning("the last uses of tokens could not be noted", metadata: ["error": "\(error)"])
        }
        do {
            try await registry.outbox.finish()
        } catch {
            // The next start stores it again.
            logger.warning("the last small files could not be synced", metadata: ["error": "\(error)"])
        }
        await providers.shutdown()
        await identities.shutdown()
        await outside?.shutdown()
        await upstreams.shutdown()
        spool.close()
        await storage.close()
        await database.close()
        await uploadThreads.stop()
        await Self.stop(pools)
        lock.unlock()
    }

    /// Returns the folders that fill up.
    private static func watchedFolders(_ configuration: ServerConfiguration) -> [Health.Folder] {
        var folders = [
            Health.Folder(name: "data", path: configuration.server.dataDirectory),
            Health.Folder(name: "spool", path: configuration.server.spoolDirectory),
        ]
        if case .folder(let path) = configuration.storage { folders.append(Health.Folder(name: "storage", path: path)) }
        return folders
    }

    private static func openDatabase(
        _ configuration: ServerConfiguration, _ adapters: Adapters, logger: Logger
    ) async throws -> any Database {
        if let open = adapters.database { return try await open() }
        switch configuration.database {
        case .sqlite(let path):
            do {
                return try await SQLDatabase.sqlite(path: path)
            } catch let error as RegistryError {
                // Whoever starts the server may know where its files lie; clients may not.
                throw RegistryError(error.code, "\(path): \(error.message)")
            }
        case .postgresql(let url):
            let connections = configuration.databaseConnections
            do {
                return try await SQLDatabase.postgresql(
                    PostgreSQLSettings(
                        url: url.reveal(), directURL: connections.directURL?.reveal(), poolSize: connections.poolSize,
                        statementTimeout: connections.statementTimeout), logger: logger)
            } catch let error as RegistryError {
                // Why a server refuses the connection is what they want to know; passwords are not in it.
                let reason = error.cause.map { " (\($0))" } ?? ""
                throw RegistryError(error.code, "\(url): \(error.message)\(reason)")
            }
        }
    }

    private static func openStorage(
        _ configuration: ServerConfiguration, _ adapters: Adapters, environment: [String: String],
        threads: NIOThreadPool, logger: Logger
    ) async throws -> any Storage {
        if let open = adapters.storage { return try await open() }
        if let bucket = configuration.bucket {
            return try await S3Storage.open(
                S3Settings(bucket), environment: environment, threads: threads, logger: logger)
        }
        guard case .folder(let path) = configuration.storage else {
            throw RegistryError(.internal, "The storage is neither a folder nor a bucket.")
        }
        return try await threads.runIfActive { try FileStorage(path: path, threads: threads) }
    }

    private static func stop(_ pools: [NIOThreadPool]) async {
        for pool in pools {
            // A pool refuses to stop only if it has stopped already.
            try? await pool.shutdownGracefully()
        }
    }
}
