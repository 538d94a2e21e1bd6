/// One thing that is counted, with its samples: a family, as Prometheus calls it.
public struct MetricFamily: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    /// A name and a value that tell samples of a family apart.
    public struct Label: Sendable, Hashable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public struct Sample: Sendable, Hashable {
        /// What follows the family's name: `_bucket`, `_sum` or `_count` of a histogram, else nothing.
        public let suffix: String
        public let labels: [Label]
        public let value: String
    }

    public let name: String
    public let kind: Kind
    /// What is counted, as a sentence.
    public let help: String
    /// In the order in which they are written.
    public private(set) var samples: [Sample] = []

    /// Makes a family without samples.
    ///
    /// - Parameters:
    ///   - name: Its name, which ends in `_total` for a counter.
    ///   - kind: What its numbers do.
    ///   - help: What is counted, as a sentence.
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

    /// Adds the samples of a histogram: its buckets, each of which counts those below it too, its sum and its count.
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
