public import PackagingStandards

/// The source of the time.
public struct WallClock: Sendable {
    /// Returns the present moment.
    public let now: @Sendable () -> Timestamp

    public init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
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
