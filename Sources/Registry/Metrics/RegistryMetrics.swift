import Synchronization

/// What happened since the start, counted.
public final class RegistryMetrics: Sendable {
    /// How a page was found.
    public enum PageOutcome: Int, CaseIterable, Sendable {
        case hit
        case miss
    }

    /// How the page of an upstream was had.
    public enum UpstreamPageOutcome: Int, CaseIterable, Sendable {
        /// From memory.
        case hit
        /// From the upstream.
        case fetched
        /// The upstream said that the kept one still holds.
        case unchanged
        /// The kept one was used, since the upstream failed.
        case stale
        /// The upstream does not have the project.
        case unknown
        /// The upstream failed, and there was no copy that could be used.
        case failed
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

    /// How a file of an upstream was had.
    public enum FileOutcome: Int, CaseIterable, Sendable {
        /// From here, or from a fetch that was under way.
        case hit
        /// From the upstream.
        case miss
    }

    /// A number that only grows.
    public final class Total: Sendable {
        private let sum = Atomic<Int64>(0)

        /// The sum of all that was added.
        public var value: Int64 { sum.load(ordering: .relaxed) }

        func add(_ number: Int64) {
            sum.wrappingAdd(number, ordering: .relaxed)
        }
    }

    public let pages = Counts<PageOutcome>()
    public let upstreamPages = Counts<UpstreamPageOutcome>()
    /// Files of upstreams that were asked for.
    public let files = Counts<FileOutcome>()
    /// Bytes of upstreams' files that came in.
    public let bytesFetched = Total()
    /// Bytes of upstreams' files that were handed out without being asked for there.
    public let bytesSaved = Total()
    /// Fetched files whose digest was wrong.
    public let digestMismatches = Total()
    /// Requests to upstreams; their clients count them.
    public let upstreams: UpstreamMetrics
    /// What other parts count: each adds its families here.
    public let others = MetricFamilies()

    /// Makes counts of zero.
    ///
    /// - Parameter upstreams: What the upstreams' clients count into.
    public init(upstreams: UpstreamMetrics = UpstreamMetrics()) {
        self.upstreams = upstreams
        others.add { upstreams.families }
    }
}

extension RegistryMetrics {
    /// Returns what has been counted as families, with the bytes of the pages in memory and the fetches that run or wait
    /// for their turn, which are measured rather than counted.
    func families(pageBytes: Int, fetches: Int) -> [MetricFamily] {
        var pages = MetricFamily(
            "cellar_page_cache_total", .counter, "Pages asked for, by whether they were kept.")
        for outcome in PageOutcome.allCases { pages.add(self.pages.count(of: outcome), .init("outcome", "\(outcome)")) }
        var upstreamPages = MetricFamily(
            "cellar_upstream_pages_total", .counter, "Pages of upstreams asked for, by how they were had.")
        for outcome in UpstreamPageOutcome.allCases {
            upstreamPages.add(self.upstreamPages.count(of: outcome), .init("outcome", "\(outcome)"))
        }
        var files = MetricFamily(
            "cellar_upstream_files_total", .counter,
            "Files of upstreams asked for, by whether they came from here or from the upstream.")
        for outcome in FileOutcome.allCases { files.add(self.files.count(of: outcome), .init("outcome", "\(outcome)")) }
        return [
            pages,
            MetricFamily("cellar_page_cache_bytes", .gauge, "Bytes of the pages that are kept.", value: pageBytes),
            upstreamPages,
            // Also under a name of its own, for alarms.
            MetricFamily(
                "cellar_upstream_stale_pages_total", .counter, "Kept pages served since their upstream failed.",
                value: self.upstreamPages.count(of: .stale)),
            files,
            MetricFamily(
                "cellar_upstream_fetched_bytes_total", .counter, "Bytes of upstreams' files that came in.",
                value: bytesFetched.value),
            MetricFamily(
                "cellar_upstream_saved_bytes_total", .counter,
                "Bytes of upstreams' files handed out without being asked for there.", value: bytesSaved.value),
            MetricFamily(
                "cellar_upstream_digest_mismatches_total", .counter,
                "Fetched files whose digest was wrong, and of which nothing was kept.", value: digestMismatches.value),
            MetricFamily(
                "cellar_upstream_fetches", .gauge, "Fetches of files that run or wait for their turn.", value: fetches),
        ]
    }
}
