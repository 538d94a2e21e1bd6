import Glibc
import Logging
import Registry
package import ServerConfiguration

extension Installation {
    /// Serves until SIGTERM or SIGINT, then finishes what is under way within `server.shutdown_timeout`.
    ///
    /// Requests that take longer are cut off, and the process ends with exit code 1; a second signal does the same at
    /// once. SIGHUP is a signal of this kind only on a terminal; elsewhere it has the configuration read again.
    public func serve() async throws(CommandFailure) {
        try await CommandFailure.translating {
            let configuration = try configuration()
            let sink = LogSink(descriptor: STDOUT_FILENO, environment: environment)
            let log = ServerLog(configuration.server, sink: sink)
            let logger = log.logger
            defer { sink.flush() }
            try await serve(configuration, log: log, signals: .ofProcess()) {
                sink.flush()
                _exit(CommandFailure.Code.failed.rawValue)
            } onListening: { running in
                logger.notice(
                    "ready", metadata: ["address": "\(Self.address(configuration.server, port: running.port))/"])
                announce(running, configuration.server)
            }
            logger.notice("stopped")
        }
    }

    /// Serves; what tests replace are parameters.
    package func serve(
        _ configuration: ServerConfiguration, log: ServerLog, signals: ServerSignals = .none,
        cutOff: @escaping @Sendable () -> Void,
        onListening: @escaping @Sendable (ServerRun.Running) async -> Void
    ) async throws {
        let observer = try Failpoint.observer(environment)
        let manager = ServiceManager(environment: environment, logger: log.logger)
        manager.starting()
        try await Parts.using(
            configuration, adapters: adapters, environment: environment, observer: observer, logger: log.logger
        ) { parts in
            let composition = try await ServerComposition(
                parts, userCommand: place.command("cellar user add NAME", for: configuration), log: log)
            let reload = ConfigurationReload(composition, logger: log.logger) { [self] in
                try self.configuration()
            }
            let run = ServerRun(
                composition, manager: manager, logger: log.logger, signals: signals, reload: reload, cutOff: cutOff)
            try await run.run(onListening: onListening)
        }
    }

    private func announce(_ running: ServerRun.Running, _ server: ServerSettings) {
        guard let path = running.setupPath else { return }
        console.notify(
            """

            There is no administrator yet. Open this link, which works once, to make the first:

                \(Self.address(server, port: running.port))\(path)

            """)
    }

    /// Returns the address at which clients reach the server: the configured one, else one for this machine.
    static func address(_ server: ServerSettings, port: Int) -> String {
        if let baseURL = server.baseURL { return baseURL.description }
        let isWildcard = server.listen.host == "0.0.0.0" || server.listen.host == "::"
        let host = isWildcard ? "localhost" : server.listen.host
        let scheme = server.tls == nil ? "http" : "https"
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
