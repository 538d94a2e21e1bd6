import Synchronization

/// What happened since the start, counted; `CellarHTTP` writes it out for Prometheus.
public final class RegistryMetrics: Sendable {
    /// How a page was had.
    public enum PageOutcome: Int, CaseIterable, Sendable {
        case hit
        case miss
    }

    /// Counts of the outcomes of one thing.
    public final class Counts<Outcome: CaseIterable & RawRepresentable<Int> & Sendable>: Sendable {
        private let values: Mutex<[Int]>

        init() {
            values = Mutex(Array(repeating: 0, count: Outcome.allCases.count))
        }

        /// Counts one.
        public func increment(_ outcome: Outcome) {
            values.withLock { $0[outcome.rawValue] += 1 }
        }

        /// The count of an outcome.
        public func count(of outcome: Outcome) -> Int {
            values.withLock { $0[outcome.rawValue] }
        }
    }

    public let pages = Counts<PageOutcome>()
}
