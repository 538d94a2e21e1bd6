import Logging

/// Work that only one of all processes on a database does at a time.
///
/// A lease spares work; it does not make anything right. A process may be suspended while it holds one and go on when it
/// has ended. What must never be done twice is decided by a transaction of its own.
public struct Leases: Sendable {
    let database: any LeaseDatabase
    /// The name under which this process takes leases, which no other has.
    public let holder: String
    let logger: Logger

    /// How long a lease lasts without being renewed, in microseconds.
    static let duration: Int64 = 30_000_000
    /// How often it is renewed.
    private static let renewal = Duration.seconds(8)
    /// How often somebody looks who waits for a lease.
    private static let look = Duration.milliseconds(250)

    init(database: any LeaseDatabase, logger: Logger) {
        self.database = database
        self.logger = logger
        holder = Self.randomID()
    }

    private static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let text = String(UInt32.random(in: .min ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 8 - text.count) + text
        }.joined()
    }

    /// Does work under a lease, which is renewed until the work ends, and ended then.
    ///
    /// - Parameters:
    ///   - name: What the work is.
    ///   - patience: How long to wait for another process that holds the lease. One that was killed holds it for half a
    ///     minute.
    ///   - error: Thrown if it holds the lease for longer.
    ///   - work: The work. It is cancelled if the lease is lost.
    /// - Returns: What the work returns.
    /// - Throws: What the work does, and `.unavailable` if the lease is lost.
    func holding<Value: Sendable>(
        _ name: LeaseName, patience: Duration, orElse error: RegistryError,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let start = ContinuousClock.now
        while true {
            if let lease = try await database.takeLease(name, for: holder, lasting: Self.duration) {
                return try await renewing(lease, work)
            }
            guard ContinuousClock.now - start < patience else { throw error }
            try await Task.sleep(for: Self.look)
        }
    }

    /// Does work if no other process holds its lease.
    ///
    /// The lease is kept for a while after the work, so that another process does not do at once what has just been done.
    ///
    /// - Parameters:
    ///   - name: What the work is.
    ///   - pause: For how long nobody else does the work, from its beginning.
    ///   - work: The work.
    /// - Returns: Whether it was done.
    /// - Throws: What the work and the database do.
    public func once(
        _ name: LeaseName, every pause: Duration, _ work: @escaping @Sendable () async throws -> Void
    ) async throws -> Bool {
        let duration = max(Self.duration, pause.inMicroseconds)
        guard let lease = try await database.takeLease(name, for: holder, lasting: duration) else { return false }
        try await work()
        _ = try await database.renewLease(lease, lasting: max(pause.inMicroseconds, 1_000_000))
        return true
    }

    /// Takes a lease that the caller renews with ``keepingAlive(_:_:)``, and ends. Returns nil if somebody else has it.
    func take(_ name: LeaseName) async throws -> Lease? {
        try await database.takeLease(name, for: holder, lasting: Self.duration)
    }

    /// Ends a lease; if that fails, it ends by itself.
    func end(_ lease: Lease) async {
        try? await database.endLease(lease)
    }

    /// Does work, renews a lease meanwhile, and ends it then. The work goes on if the lease is lost.
    func keepingAlive(_ lease: Lease?, _ work: () async -> Void) async {
        guard let lease else { return await work() }
        let renewal = Task {
            while (try? await Task.sleep(for: Self.renewal)) != nil {
                guard (try? await database.renewLease(lease, lasting: Self.duration)) != false else { return }
            }
        }
        await work()
        renewal.cancel()
        await end(lease)
    }

    private func renewing<Value: Sendable>(
        _ lease: Lease, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await withThrowingTaskGroup(of: Value?.self) { tasks in
                tasks.addTask { try await work() }
                tasks.addTask {
                    while true {
                        try await Task.sleep(for: Self.renewal)
                        guard try await database.renewLease(lease, lasting: Self.duration) else {
                            throw RegistryError(
                                .unavailable,
                                "The lease '\(lease.name)' was lost: another process has taken over. Try again.")
                        }
                    }
                }
                defer { tasks.cancelAll() }
                while let result = try await tasks.next() {
                    if let result { return result }
                }
                throw CancellationError()
            }
            try await database.endLease(lease)
            return value
        } catch {
            // It ends by itself if it cannot be ended.
            try? await database.endLease(lease)
            throw error
        }
    }
}
