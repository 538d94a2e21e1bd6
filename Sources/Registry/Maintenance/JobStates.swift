public import PackagingStandards
import Synchronization

/// What fails of the work that the server does again and again.
public final class JobStates: Sendable {
    /// Work that failed at its last turn.
    public struct Failure: Sendable, Hashable {
        /// What the work is.
        public let job: String
        /// Why it fails, for administrators.
        public let reason: String
        /// Since when it fails.
        public let since: Timestamp
    }

    private let clock: WallClock
    private let failures = Mutex<[String: Failure]>([:])

    init(clock: WallClock) {
        self.clock = clock
    }

    /// Notes how a turn of some work ended: with the reason for a failure, or well.
    public func note(_ job: String, failure reason: String?) {
        let now = clock.now()
        failures.withLock { failures in
            failures[job] = reason.map { Failure(job: job, reason: $0, since: failures[job]?.since ?? now) }
        }
    }

    /// What fails now, the longest first.
    public var failing: [Failure] {
        failures.withLock { $0.values.sorted { ($0.since, $0.job) < ($1.since, $1.job) } }
    }
}
