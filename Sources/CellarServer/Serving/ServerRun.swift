import CellarHTTP
import Glibc
import Logging
import NIOCore
import NIOPosix
import Registry
import ServerConfiguration
import ServiceLifecycle
import UnixSignals

/// One run of the server, from listening to the last answer.
package struct ServerRun: Sendable {
    /// A server that listens.
    package struct Running: Sendable {
        /// The port, also if the configuration left it to the system.
        package let port: Int
        /// The path of the setup link's page; nil if there is an administrator.
        package let setupPath: String?
        /// Begins the shutdown, as SIGTERM does.
        package let shutDown: @Sendable () async -> Void
    }

    private let composition: ServerComposition
    private let manager: ServiceManager
    private let logger: Logger
    private let signals: ServerSignals
    private let reload: ConfigurationReload
    private let cutOff: @Sendable () -> Void

    /// Describes a run.
    ///
    /// - Parameters:
    ///   - composition: The server.
    ///   - manager: Who is told once the server answers, and when the shutdown begins.
    ///   - logger: Where it logs.
    ///   - signals: What it does on signals.
    ///   - reload: Reads the configuration again.
    ///   - cutOff: Called if requests are still under way when the time for the shutdown is over.
    init(
        _ composition: ServerComposition, manager: ServiceManager, logger: Logger, signals: ServerSignals,
        reload: ConfigurationReload, cutOff: @escaping @Sendable () -> Void
    ) {
        self.composition = composition
        self.manager = manager
        self.logger = logger
        self.signals = signals
        self.reload = reload
        self.cutOff = cutOff
    }

    /// Serves until the shutdown, then finishes what is under way.
    ///
    /// - Parameter onListening: Called once the server answers.
    /// - Throws: `CommandFailure` if it cannot listen.
    func run(onListening: @escaping @Sendable (Running) async -> Void) async throws {
        let server = composition.parts.configuration.server
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: server.loops ?? System.coreCount)
        do {
            try await run(on: loops, onListening: onListening)
        } catch {
            // What a failed start left to be done on the loops is done before they end: NIO complains otherwise.
            for loop in loops.makeIterator() {
                try? await loop.scheduleTask(in: .milliseconds(20)) {}.futureResult.get()
            }
            // The loops refuse to end only if they have ended already.
            try? await loops.shutdownGracefully()
            throw ListenFailure.explained(error, listen: server.listen)
        }
        try? await loops.shutdownGracefully()
    }

    private func run(
        on loops: any EventLoopGroup, onListening: @escaping @Sendable (Running) async -> Void
    ) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let (shutdowns, shutdown) = AsyncStream.makeStream(of: Void.self)
        let server = try composition.webServer(on: loops) { port.yield($0) }
        let receivers = AuditReceivers(composition.parts.configuration.audit, threads: composition.parts.fileThreads)
        let group = ServiceGroup(configuration: configuration(of: server, receivers, began: shutdown))
        let setupPath = composition.setupLink?.path
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await port in ports.prefix(1) {
                    await enter(port: port)
                    composition.http.readiness.setReady()
                    await onListening(
                        Running(port: port, setupPath: setupPath, shutDown: { await group.triggerGracefulShutdown() }))
                    manager.ready(
                        address: Installation.address(composition.parts.configuration.server, port: port) + "/")
                }
            }
            tasks.addTask { await obeySignals(group) }
            tasks.addTask {
                for await _ in shutdowns.prefix(1) {
                    try await Task.sleep(for: composition.parts.configuration.server.shutdownTimeout)
                    logger.warning("the time to shut down is over: requests under way are cut off")
                    cutOff()
                }
            }
            defer { tasks.cancelAll() }
            do {
                try await group.run()
            } catch {
                await leave()
                await receivers.shutdown()
                throw error
            }
            await leave()
            await receivers.shutdown()
        }
    }

    /// Tells the other servers on the database that this one is at work.
    private func enter(port: Int) async {
        let configuration = composition.parts.configuration
        let host = configuration.server.listen.host
        let isWildcard = host == "0.0.0.0" || host == "::"
        do {
            try await composition.parts.registry.replicas.enter(
                name: "\(isWildcard ? System.hostName : host):\(port)", version: Installation.version,
                configuration: configuration.fingerprint(key: composition.parts.database.installationID()))
        } catch {
            // It is tried again every few seconds.
            logger.warning("the other servers do not know of this one yet", metadata: ["error": "\(error)"])
        }
    }

    /// Tells them that it is no longer.
    private func leave() async {
        // It is forgotten by itself in time.
        try? await composition.parts.registry.replicas.leave()
    }

    /// Returns the services in the order of their start. They are shut down in the reverse order, each when the one
    /// after it has ended, so the watch comes last and the server before it.
    private func configuration(
        of server: WebServer, _ receivers: AuditReceivers, began: AsyncStream<Void>.Continuation
    ) -> ServiceGroupConfiguration {
        let registry = composition.parts.registry
        // This only frees memory: each request looks for itself. Where a look is a query, it is a rare one.
        let freshness = PeriodicService(
            name: "looking for changes by other processes",
            interval: registry.freshness.needsRead ? .seconds(5) : .milliseconds(250), logger: logger
        ) { try await registry.freshness.ensureCurrent() }
        let outbox = PeriodicService(name: "writing manifests", interval: .seconds(5), logger: logger) {
            try await registry.outbox.flush()
        }
        // What is counted after the last turn is written when the parts are closed.
        let downloads = PeriodicService(name: "counting downloads", interval: .seconds(30), logger: logger) {
            try await registry.downloadCounting.flush()
            try await registry.tagCounting.flush()
            try await registry.trafficCounting.flush()
        }
        let describing = PeriodicService(
            name: "describing projects for searches", interval: .seconds(5), longestInterval: .seconds(300),
            logger: logger
        ) {
            guard try await registry.describing.isDue() else { return }
            // The lease is short, so that what is changed next is soon described, by whichever server.
            _ = try await registry.leases.once(.describing, every: .seconds(4)) {
                let count = try await registry.describing.run()
                if count > 0 { logger.info("described projects for searches", metadata: ["projects": "\(count)"]) }
            }
        }
        let tokens = PeriodicService(name: "noting uses of tokens", interval: .seconds(60), logger: logger) {
            try await registry.tokens.flush()
        }
        let keeper = QuotaKeeper(registry, logger: logger)
        let quotas = PeriodicService(
            name: "keeping caches to their quotas", interval: QuotaKeeper.interval, logger: logger
        ) { try await keeper.turn() }
        let expiry = PeriodicService(name: "expiring upstreams' pages", interval: .seconds(3600), logger: logger) {
            _ = try await registry.leases.once(.pageExpiry, every: .seconds(3000)) {
                let count = try await registry.pageExpiry.expire()
                if count > 0 {
                    logger.info("forgot upstreams' pages that nobody asks for", metadata: ["pages": "\(count)"])
                }
            }
        }
        let replicas = PeriodicService(
            name: "telling the other servers of this one", interval: Replicas.interval, logger: logger
        ) { try await registry.replicas.note() }
        let refusals = PeriodicService(name: "noting refused requests", interval: .seconds(60), logger: logger) {
            try await registry.refusals.flush()
        }
        // One service for each receiver: one that is away holds up no other, and is asked more and more seldom.
        let audit = receivers.all.map { receiver in
            PeriodicService(
                name: "passing the audit on to the \(receiver.name)", interval: .seconds(1),
                longestInterval: .seconds(60), logger: logger
            ) { try await registry.auditDelivery.deliver(to: receiver) }
        }
        let confirming = composition.parts.outside?.confirming(registry, logger: logger)
        let settings = composition.parts.configuration.server
        let watch = ShutdownWatch(
            readiness: composition.http.readiness, manager: manager, drainTime: settings.drainTime,
            time: settings.shutdownTimeout, began: began)
        let periodic =
            ([freshness, replicas, outbox, downloads, describing, tokens, quotas, expiry, refusals] + audit
            + [confirming].compactMap(\.self)).map { service in
                var service = service
                service.states = registry.jobs
                return service
            }
        let services: [any Service] = periodic + [server, watch]
        return ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup)
            },
            logger: quiet(logger))
    }

    /// Returns a logger for the lifecycle, without what only its own debugging needs.
    private func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    private func obeySignals(_ group: ServiceGroup) async {
        let all = signals.ending + signals.reloading
        guard !all.isEmpty else { return }
        var hasBegun = false
        for await signal in await UnixSignalsSequence(trapping: all) {
            if signals.reloading.contains(signal) {
                if !hasBegun { await reload.run() }
                continue
            }
            guard !hasBegun else { return cutOff() }
            logger.notice("shutting down", metadata: ["signal": "\(signal)"])
            hasBegun = true
            await group.triggerGracefulShutdown()
        }
    }
}

/// Announces that the shutdown has begun: to load balancers by the readiness, to the service manager, and to the
/// server's deadline.
private struct ShutdownWatch: Service, CustomStringConvertible {
    let readiness: Readiness
    let manager: ServiceManager
    /// How long requests are still accepted.
    let drainTime: Duration
    let time: Duration
    let began: AsyncStream<Void>.Continuation

    var description: String { "shutdown watch" }

    func run() async throws {
        try await gracefulShutdown()
        readiness.setNotReady("shutting down")
        manager.stopping(within: drainTime + time)
        // The server ends when this returns.
        if drainTime > .zero { try await Task.sleep(for: drainTime) }
        began.yield()
    }
}

extension System {
    /// The name of this machine, or of its container.
    fileprivate static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Explains why the server cannot listen.
private enum ListenFailure {
    /// Returns the failure that an error of bind(2) means, or any other error as it is.
    static func explained(_ error: any Error, listen: ListenAddress) -> any Error {
        switch error {
        case let error as IOError where error.errnoCode == EADDRINUSE:
            failure(listen, "another program listens there already. Is a server running?")
        case let error as IOError:
            failure(listen, "\(String(cString: strerror(error.errnoCode))).")
        case is SocketAddressError:
            failure(listen, "the name cannot be resolved.")
        default:
            error
        }
    }

    private static func failure(_ listen: ListenAddress, _ reason: String) -> CommandFailure {
        CommandFailure(.unavailable, "Cannot listen at \(listen) (server.listen): \(reason)")
    }
}
