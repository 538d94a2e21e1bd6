/// How often a quantity, such as seconds, had values of which size.
public struct Histogram: Sendable, Hashable {
    /// The upper bounds of the buckets, ascending.
    public let bounds: [Double]
    /// Values by bucket, each counted in the smallest that it fits; those beyond the last bound in none.
    public private(set) var buckets: [Int]
    public private(set) var count = 0
    public private(set) var sum = 0.0

    /// Makes an empty histogram.
    public init(bounds: [Double]) {
        self.bounds = bounds
        buckets = Array(repeating: 0, count: bounds.count)
    }

    /// Counts a value.
    public mutating func add(_ value: Double) {
        if let bucket = bounds.firstIndex(where: { value <= $0 }) { buckets[bucket] += 1 }
        count += 1
        sum += value
    }
}
