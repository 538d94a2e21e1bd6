import Synchronization

/// The families of all parts that count something, in the order in which the parts were added.
public final class MetricFamilies: Sendable {
    private let sources = Mutex<[@Sendable () -> [MetricFamily]]>([])

    /// Begins without any.
    public init() {}

    /// Adds a part, which is asked for its families each time somebody reads them.
    public func add(_ source: @escaping @Sendable () -> [MetricFamily]) {
        sources.withLock { $0.append(source) }
    }

    /// The families as they are now.
    public var current: [MetricFamily] {
        sources.withLock { $0 }.flatMap { $0() }
    }
}
