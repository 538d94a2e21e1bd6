import Synchronization

/// A thing that is counted, with its samples: a family in the terms of Prometheus.
public struct MetricFamily: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    /// A name and a value that distinguish samples of a family.
    public struct Label: Sendable, Hashable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public struct Sample: Sendable, Hashable {
        /// The end of the sample's name: `_bucket`, `_sum` or `_count` of a histogram, else empty.
        public let suffix: String
        public let labels: [Label]
        public let value: String
    }

    public let name: String
    public let kind: Kind
    /// What is counted, in a sentence.
    public let help: String
    /// In the order in which they are written.
    public private(set) var samples: [Sample] = []

    /// Makes a family without samples.
    ///
    /// - Parameters:
    ///   - name: Its name, which ends in `_total` for a counter.
    ///   - kind: What its numbers do.
    ///   - help: What is counted, in a sentence.
    public init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    /// Makes a family of one sample without labels.
    public init(_ name: String, _ kind: Kind, _ help: String, value: some BinaryInteger) {
        self.init(name, kind, help)
        add(value)
    }

    /// Adds a sample.
    public mutating func add(_ value: some BinaryInteger, _ labels: Label...) {
        samples.append(Sample(suffix: "", labels: labels, value: String(value)))
    }

    /// Adds the samples of a histogram: its buckets, each of which also counts those below it, its sum and its count.
    public mutating func add(_ histogram: Histogram, _ label: Label) {
        var total = 0
        for (bound, count) in zip(histogram.bounds, histogram.buckets) {
            total += count
            addSample("_bucket", [label, Label("le", String(bound))], String(total))
        }
        addSample("_bucket", [label, Label("le", "+Inf")], String(histogram.count))
        addSample("_sum", [label], String(histogram.sum))
        addSample("_count", [label], String(histogram.count))
    }

    private mutating func addSample(_ suffix: String, _ labels: [Label], _ value: String) {
        samples.append(Sample(suffix: suffix, labels: labels, value: value))
    }
}

/// Counts of the values of a quantity, such as seconds, by their size.
public struct Histogram: Sendable, Hashable {
    /// The upper bounds of the buckets, ascending.
    public let bounds: [Double]
    /// The number of values in each bucket; each value counts in the smallest that it fits, and in none if it exceeds
    /// the last bound.
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

/// The families of all parts that count something, in the order in which the parts were added.
public final class MetricFamilies: Sendable {
    private let sources = Mutex<[@Sendable () -> [MetricFamily]]>([])

    public init() {}

    /// Adds a part, which is asked for its families at each reading.
    public func add(_ source: @escaping @Sendable () -> [MetricFamily]) {
        sources.withLock { $0.append(source) }
    }

    /// The families as they are now.
    public var current: [MetricFamily] {
        sources.withLock { $0 }.flatMap { $0() }
    }
}
