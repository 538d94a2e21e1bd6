public import PackagingStandards

/// The source of the time.
public struct WallClock: Sendable {
    /// Returns the present moment.
    public let now: @Sendable () -> Timestamp
    /// Waits; throws `CancellationError` if the task is cancelled.
    package let sleep: @Sendable (Duration) async throws -> Void

    public init(now: @escaping @Sendable () -> Timestamp) {
        self.init(now: now) { try await Task.sleep(for: $0) }
    }

    package init(
        now: @escaping @Sendable () -> Timestamp, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's clock.
    public static let system = WallClock { Timestamp.now() }
}

extension Timestamp {
    /// Returns a later moment, or with a negative number an earlier one.
    public func adding(microseconds: Int64) -> Timestamp {
        Timestamp(microseconds: self.microseconds + microseconds)
    }
}
