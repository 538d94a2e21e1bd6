import Logging
import Registry
import ServerConfiguration
import Synchronization

/// Reads the configuration again while the server runs, puts into force what can be, and says what needs a restart.
final class ConfigurationReload: Sendable {
    /// The sections that are put into force without a restart: whom and what the configuration declares.
    private static let declared: Set<String> = ["users", "groups", "grants", "tokens", "publishers"]

    private let composition: ServerComposition
    private let logger: Logger
    private let read: @Sendable () throws -> ServerConfiguration
    private let inForce: Mutex<ServerConfiguration>

    /// Makes one.
    ///
    /// - Parameters:
    ///   - composition: The running server.
    ///   - logger: Where it says what it did.
    ///   - read: Reads the configuration.
    init(
        _ composition: ServerComposition, logger: Logger, read: @escaping @Sendable () throws -> ServerConfiguration
    ) {
        self.composition = composition
        self.logger = logger
        self.read = read
        inForce = Mutex(composition.parts.configuration)
    }

    /// Reads the configuration, and the files of the certificate, and puts into force whom and what it declares. If any of
    /// it is wrong, the log says so, and what was in force stays.
    func run() async {
        do {
            let fresh = try read()
            try composition.encryption?.readAgain()
            try await composition.parts.registry.declaring.declare(fresh.declaration)
            let differences = inForce.withLock { $0 }.differences(to: fresh)
            let later = differences.filter { !Self.isDeclared($0) }
            report(done: differences.filter(Self.isDeclared), later: later)
            // The others compare what is in force.
            guard later.isEmpty else { return }
            inForce.withLock { $0 = fresh }
            try await composition.parts.registry.replicas.note(
                configuration: fresh.fingerprint(key: composition.parts.database.installationID()))
        } catch {
            logger.error(
                "the configuration was read again and not put into force",
                metadata: ["error": "\(CommandFailure(error).message)"])
        }
    }

    private func report(done: [String], later: [String]) {
        var metadata: Logger.Metadata = [:]
        if !done.isEmpty { metadata["in_force"] = "\(done.joined(separator: ", "))" }
        if !later.isEmpty { metadata["needs_restart"] = "\(later.joined(separator: ", "))" }
        if later.isEmpty {
            logger.notice("the configuration was read again and is in force", metadata: metadata)
        } else {
            logger.warning("the configuration was read again; a part of it needs a restart", metadata: metadata)
        }
    }

    private static func isDeclared(_ path: String) -> Bool {
        declared.contains(String(path.prefix { $0 != "." }))
    }
}
