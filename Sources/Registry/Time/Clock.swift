public import PackagingStandards

/// Where the time comes from.
public struct Clock: Sendable {
    /// The present moment.
    public let now: @Sendable () -> Timestamp

    public init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    /// The machine's clock.
    public static let system = Clock { Timestamp.now() }
}

extension Timestamp {
    /// A moment later, or with a negative number earlier.
    public func adding(microseconds: Int64) -> Timestamp {
        Timestamp(microseconds: self.microseconds + microseconds)
    }
}
