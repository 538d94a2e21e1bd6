import Synchronization

/// Counts of what happened since the start.
public final class RegistryMetrics: Sendable {
    /// Whether a page was in memory.
    public enum PageOutcome: Int, CaseIterable, Sendable {
        case hit
        case miss
    }

    /// Where the page of an upstream came from.
    public enum UpstreamPageOutcome: Int, CaseIterable, Sendable {
        /// From memory.
        case hit
        /// From the upstream.
        case fetched
        /// From the database: the upstream said that it is unchanged.
        case unchanged
        /// From the database, because the upstream failed.
        case stale
        /// The upstream does not have the project.
        case unknown
        /// The upstream failed, and no copy could be used.
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

    /// Where a file of an upstream came from.
    public enum FileOutcome: Int, CaseIterable, Sendable {
        /// From this server, or from a fetch that was under way.
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
    /// Requested files of upstreams.
    public let files = Counts<FileOutcome>()
    /// Bytes of files received from upstreams.
    public let bytesFetched = Total()
    /// Bytes of upstreams' files served without a request to the upstream.
    public let bytesSaved = Total()
    /// Fetched files whose digest was wrong.
    public let digestMismatches = Total()
    /// Requests to upstreams; their clients count them.
    public let upstreams: UpstreamMetrics
    /// The families of other parts.
    public let others = MetricFamilies()

    /// Makes counts of zero.
    ///
    /// - Parameter upstreams: The counts of the upstreams' clients.
    public init(upstreams: UpstreamMetrics = UpstreamMetrics()) {
        self.upstreams = upstreams
        others.add { upstreams.families }
    }
}

extension RegistryMetrics {
    /// Returns the counts as families, with two measured values: the bytes of the pages in memory, and the fetches that
    /// run or wait for their turn.
    func families(pageBytes: Int, fetches: Int) -> [MetricFamily] {
        var pages = MetricFamily(
            "cellar_page_cache_total", .counter, "Requested pages, by whether they were in memory.")
        for outcome in PageOutcome.allCases { pages.add(self.pages.count(of: outcome), .init("outcome", "\(outcome)")) }
        var upstreamPages = MetricFamily(
            "cellar_upstream_pages_total", .counter, "Requested pages of upstreams, by where they came from.")
        for outcome in UpstreamPageOutcome.allCases {
            upstreamPages.add(self.upstreamPages.count(of: outcome), .init("outcome", "\(outcome)"))
        }
        var files = MetricFamily(
            "cellar_upstream_files_total", .counter,
            "Requested files of upstreams, by whether they came from here or from the upstream.")
        for outcome in FileOutcome.allCases { files.add(self.files.count(of: outcome), .init("outcome", "\(outcome)")) }
        return [
            pages,
            MetricFamily("cellar_page_cache_bytes", .gauge, "Bytes of the pages in memory.", value: pageBytes),
            upstreamPages,
            // Also under a name of its own, for alarms.
            MetricFamily(
                "cellar_upstream_stale_pages_total", .counter, "Kept pages served because their upstream failed.",
                value: self.upstreamPages.count(of: .stale)),
            files,
            MetricFamily(
                "cellar_upstream_fetched_bytes_total", .counter, "Bytes of files received from upstreams.",
                value: bytesFetched.value),
            MetricFamily(
                "cellar_upstream_saved_bytes_total", .counter,
                "Bytes of upstreams' files served without a request to the upstream.", value: bytesSaved.value),
            MetricFamily(
                "cellar_upstream_digest_mismatches_total", .counter,
                "Fetched files whose digest was wrong, and of which nothing was kept.", value: digestMismatches.value),
            MetricFamily(
                "cellar_upstream_fetches", .gauge, "Fetches of files that run or wait for their turn.", value: fetches),
        ]
    }
}
