public import PackagingStandards

/// The role of the database in which processes agree on who does what, and know of each other.
///
/// All times are compared by the database's own clock: the clocks of the processes may differ as they like. A process
/// that was suspended for longer than its lease finds out at its next call; what must not happen twice is decided in a
/// transaction of its own, such as the permit of a removal, and never by a lease alone.
public protocol LeaseDatabase: Sendable {
    /// Takes a lease, or renews the caller's own.
    ///
    /// A lease that has ended may be taken by anybody, under a fencing number that is higher than all before.
    ///
    /// - Parameters:
    ///   - name: What the lease is for.
    ///   - holder: Who takes it: a name that no other process has.
    ///   - duration: How long it lasts from now, in microseconds.
    /// - Returns: The lease, or nil if somebody else holds it.
    /// - Throws: What every method does.
    func takeLease(_ name: LeaseName, for holder: String, lasting duration: Int64) async throws -> Lease?

    /// Lengthens a lease. Returns false if it has ended, or somebody else has taken it since.
    func renewLease(_ lease: Lease, lasting duration: Int64) async throws -> Bool

    /// Ends a lease, unless it has ended already, or somebody else has taken it since.
    func endLease(_ lease: Lease) async throws

    /// Notes that a replica is at work, and forgets leases and replicas that ended a day ago.
    ///
    /// - Parameters:
    ///   - replica: The replica that calls.
    ///   - duration: How long it counts as being at work, in microseconds.
    /// - Returns: What it must know of the others.
    /// - Throws: What every method does.
    func noteReplica(_ replica: ReplicaDescription, lasting duration: Int64) async throws -> ReplicaView

    /// Forgets a replica, which ends its work.
    func forgetReplica(_ id: String) async throws

    /// Returns all replicas that are at work, in the order of their starts.
    func replicas() async throws -> [Replica]
}

/// What a lease is for.
public struct LeaseName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// Names a lease: at most 200 characters.
    public init(_ description: String) {
        self.description = description
    }

    /// Nobody else writes: a rebuild replaces the database.
    public static let rebuild = LeaseName("rebuild")
    /// Caches are kept to their quotas.
    public static let quotas = LeaseName("quotas")
    /// Pages of upstreams that nobody asks for are forgotten.
    public static let pageExpiry = LeaseName("page-expiry")
    /// A directory is asked about the owners of tokens.
    public static let confirming = LeaseName("confirming")
    /// Projects are described for searches.
    public static let describing = LeaseName("describing")
    /// Storage is swept.
    public static let sweep = LeaseName("sweep")
}

/// A lease that somebody holds, or held.
public struct Lease: Hashable, Sendable {
    public let name: LeaseName
    public let holder: String
    /// Rises each time the lease is taken after it has ended.
    public let fence: Int64

    public init(name: LeaseName, holder: String, fence: Int64) {
        self.name = name
        self.holder = holder
        self.fence = fence
    }
}

/// What a server says of itself to the others on the same database.
public struct ReplicaDescription: Hashable, Sendable {
    /// Random, of one run of a server.
    public let id: String
    /// For people, such as `host:8080`.
    public let name: String
    public let version: String
    /// Equal for those whose configurations are.
    public let configuration: String

    public init(id: String, name: String, version: String, configuration: String) {
        self.id = id
        self.name = name
        self.version = version
        self.configuration = configuration
    }
}

/// A server at work.
public struct Replica: Hashable, Sendable {
    public let description: ReplicaDescription
    /// By the database's clock.
    public let startedAt: Timestamp
    /// By the database's clock.
    public let seenAt: Timestamp

    public init(description: ReplicaDescription, startedAt: Timestamp, seenAt: Timestamp) {
        self.description = description
        self.startedAt = startedAt
        self.seenAt = seenAt
    }
}

/// What a replica must know of the others.
public struct ReplicaView: Hashable, Sendable {
    /// The other replicas that are at work.
    public let others: [Replica]
    /// Whether somebody holds the lease of a rebuild.
    public let isRebuilding: Bool

    public init(others: [Replica], isRebuilding: Bool) {
        self.others = others
        self.isRebuilding = isRebuilding
    }
}
