import Logging
import Synchronization

/// What this server knows of the others on the same database, and tells them of itself.
public final class Replicas: Sendable {
    private struct State {
        var description: ReplicaDescription?
        var view = ReplicaView(others: [], isRebuilding: false)
        /// The differences that are in the log already.
        var reported: Set<String> = []
    }

    /// How often a server says that it is at work.
    public static let interval = Duration.seconds(10)
    /// For how long it counts as being at work then.
    static let lifetime = Duration.seconds(45)

    private let permissions: Permissions
    private let database: any LeaseDatabase
    private let holder: String
    private let logger: Logger
    private let state = Mutex(State())

    init(
        permissions: Permissions, database: any LeaseDatabase, holder: String, logger: Logger, metrics: RegistryMetrics
    ) {
        self.permissions = permissions
        self.database = database
        self.holder = holder
        self.logger = logger
        metrics.others.add { [weak self] in self?.families ?? [] }
    }

    /// The other servers that were at work at the last look.
    public var others: [Replica] { state.withLock { $0.view.others } }

    /// What this server says of itself; nil if it is not at work.
    public var own: ReplicaDescription? { state.withLock { $0.description } }

    /// Returns all servers at work, in the order of their starts; for administrators.
    public func list(caller: Caller) async throws -> [Replica] {
        try permissions.requireAdministrator(caller, to: "list servers")
        return try await database.replicas()
    }

    /// Whether a rebuild replaces the database, as far as is known: nothing may be written then.
    public var isRebuilding: Bool { state.withLock { $0.view.isRebuilding } }

    /// Why nothing may be written; nil if it may.
    public var reasonAgainstWriting: String? { isRebuilding ? "the database is being rebuilt" : nil }

    /// Throws `.unavailable` while a rebuild replaces the database.
    public func requireWriting() throws {
        guard isRebuilding else { return }
        throw RegistryError(
            .unavailable, "The database is being rebuilt: nothing can be changed until that is over. Try again then.")
    }

    /// Says for the first time that this server is at work.
    ///
    /// - Parameters:
    ///   - name: For people, such as `host:8080`.
    ///   - version: The program's.
    ///   - configuration: Equal for servers whose configurations are.
    /// - Throws: What the database does.
    public func enter(name: String, version: String, configuration: String) async throws {
        let description = ReplicaDescription(id: holder, name: name, version: version, configuration: configuration)
        state.withLock { $0.description = description }
        try await note()
    }

    /// Says again that this server is at work, and looks at the others. Does nothing before it has entered.
    ///
    /// Throws what the database does.
    public func note() async throws {
        guard let own = state.withLock({ $0.description }) else { return }
        let view = try await database.noteReplica(own, lasting: Self.lifetime.inMicroseconds)
        let differing = state.withLock { state in
            state.view = view
            let differing = view.others.filter { $0.description.configuration != own.configuration }
            let fresh = differing.filter { !state.reported.contains($0.description.key) }
            state.reported = Set(differing.map(\.description.key))
            return fresh
        }
        for other in differing {
            logger.warning(
                "another server on this database has a different configuration",
                metadata: [
                    "server": "\(other.description.name)", "version": "\(other.description.version)",
                    "configuration": "\(other.description.configuration)", "own": "\(own.configuration)",
                ])
        }
    }

    /// Says that this server's configuration has changed. Does nothing before it has entered.
    ///
    /// Throws what the database does.
    public func note(configuration: String) async throws {
        state.withLock { state in
            guard let own = state.description else { return }
            state.description = ReplicaDescription(
                id: own.id, name: own.name, version: own.version, configuration: configuration)
        }
        try await note()
    }

    /// Says that this server's work ends.
    ///
    /// Throws what the database does.
    public func leave() async throws {
        let own = state.withLock { state in
            defer { state.description = nil }
            return state.description
        }
        if let own { try await database.forgetReplica(own.id) }
    }

    private var families: [MetricFamily] {
        let (own, view) = state.withLock { ($0.description, $0.view) }
        guard let own else { return [] }
        let differing = view.others.count { $0.description.configuration != own.configuration }
        return [
            MetricFamily(
                "cellar_replicas", .gauge, "Servers at work on this database, this one included.",
                value: view.others.count + 1),
            MetricFamily(
                "cellar_replicas_differing", .gauge,
                "Other servers on this database whose configuration differs from this one's.", value: differing),
        ]
    }
}

extension ReplicaDescription {
    /// What is reported once.
    fileprivate var key: String { "\(id) \(configuration)" }
}
