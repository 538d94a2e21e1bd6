import PackagingStandards
import Synchronization

/// Writes from time to time what this server has answered, so that it can be seen by day and over all servers.
public final class TrafficCounting: Sendable {
    private struct State {
        var source: (@Sendable () -> [String: Traffic])?
        var written: [String: Traffic] = [:]
    }

    private let database: any StatisticsDatabase
    private let clock: WallClock
    private let state = Mutex(State())

    init(database: any StatisticsDatabase, clock: WallClock) {
        self.database = database
        self.clock = clock
    }

    /// Sets what is asked for all that was answered since the start, by kind of request.
    public func setSource(_ source: @escaping @Sendable () -> [String: Traffic]) {
        state.withLock { $0.source = source }
    }

    /// Writes what was answered since the last call to the database, as of today.
    ///
    /// Throws what the database does; it is written by the next call then. One call at a time.
    public func flush() async throws {
        let (source, written) = state.withLock { ($0.source, $0.written) }
        guard let source else { return }
        let total = source()
        let day = UTCDay(clock.now())
        let lines = total.map { kind, traffic in
            DailyTraffic(day: day, kind: kind, traffic: traffic - (written[kind] ?? Traffic()))
        }.filter { !$0.traffic.isEmpty }.sorted { $0.kind < $1.kind }
        guard !lines.isEmpty else { return }
        try await database.record(lines)
        state.withLock { $0.written = total }
    }
}
