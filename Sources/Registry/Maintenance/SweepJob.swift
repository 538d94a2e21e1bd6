public import PackagingStandards
import Synchronization

/// A sweep that the server runs for an administrator, who looks from time to time how far it is.
public final class SweepJob: Sendable {
    /// How far the last sweep of this server is.
    public enum State: Sendable, Hashable {
        /// There was none since the start.
        case none
        case running
        case done
        /// With the reason, for administrators.
        case failed(String)
    }

    /// The last sweep of this server.
    public struct Status: Sendable, Hashable {
        public fileprivate(set) var state = State.none
        public fileprivate(set) var report = SweepReport()
        public fileprivate(set) var isDryRun = false
        /// When it began; nil without a sweep.
        public fileprivate(set) var startedAt: Timestamp?
        public fileprivate(set) var endedAt: Timestamp?
    }

    private struct Run {
        var status = Status()
        var task: Task<Void, Never>?
        /// Whether no other sweep begins, since the server ends.
        var isStopped = false
    }

    private static let isBusy = RegistryError(
        .conflict, "A sweep is under way: wait for its end, or look how far it is.")

    private let sweeping: Sweeping
    private let permissions: Permissions
    private let leases: Leases
    private let clock: WallClock
    private let run = Mutex(Run())

    init(sweeping: Sweeping, permissions: Permissions, leases: Leases, clock: WallClock) {
        self.sweeping = sweeping
        self.permissions = permissions
        self.leases = leases
        self.clock = clock
    }

    /// Returns how far the last sweep of this server is; for administrators.
    public func status(caller: Caller) throws -> Status {
        try permissions.requireAdministrator(caller, to: "look at sweeps")
        return run.withLock { $0.status }
    }

    /// Returns whether somebody must confirm that sweeping is safe; for administrators.
    public func awaitsConfirmation(caller: Caller) async throws -> Bool {
        try permissions.requireAdministrator(caller, to: "look at sweeps")
        return try await sweeping.database.sweepAwaitsConfirmation()
    }

    /// Begins a sweep, which goes on after this returns; for administrators. The parameters are those of
    /// `Sweeping.sweep`.
    ///
    /// Throws `.conflict` if this server has one under way, or the server ends. If another process has one, this one ends
    /// with that as its failure.
    public func start(age: Int64, isDryRun: Bool, isConfirmed: Bool, caller: Caller) throws {
        try permissions.requireAdministrator(caller, to: "sweep")
        try run.withLock { run in
            guard run.status.state != .running, !run.isStopped else { throw Self.isBusy }
            run.status = Status()
            run.status.state = .running
            run.status.isDryRun = isDryRun
            run.status.startedAt = clock.now()
            run.task = Task { await self.sweep(age: age, isDryRun: isDryRun, isConfirmed: isConfirmed) }
        }
    }

    /// Ends a sweep that is under way, and lets no other begin.
    public func stop() async {
        let task = run.withLock { run in
            run.isStopped = true
            return run.task
        }
        task?.cancel()
        await task?.value
    }

    private func sweep(age: Int64, isDryRun: Bool, isConfirmed: Bool) async {
        do {
            let report = try await leases.holding(.sweep, patience: .zero, orElse: Self.isBusy) { [self] in
                try await sweeping.sweep(age: age, isDryRun: isDryRun, isConfirmed: isConfirmed) { report in
                    self.run.withLock { $0.status.report = report }
                }
            }
            end(.done, report)
        } catch let error as RegistryError {
            end(.failed(error.message), nil)
        } catch {
            end(.failed("The sweep was ended."), nil)
        }
    }

    private func end(_ state: State, _ report: SweepReport?) {
        let now = clock.now()
        run.withLock { run in
            run.status.state = state
            run.status.endedAt = now
            if let report { run.status.report = report }
        }
    }
}
