import PackagingStandards
import Synchronization

/// Counts the downloads of one cached file until they are written to the database.
final class DownloadCounter: Sendable {
    private let state = Mutex<(count: Int64, last: Timestamp?)>((0, nil))

    /// Counts a download of the whole file, or notes the time if only a part was read.
    func note(isWhole: Bool, at moment: Timestamp) {
        state.withLock { state in
            if isWhole { state.count += 1 }
            state.last = max(state.last ?? moment, moment)
        }
    }

    /// Returns what was counted since the last call, or nil for nothing.
    fileprivate func take() -> (count: Int64, last: Timestamp)? {
        state.withLock { state in
            defer { state = (0, nil) }
            return state.last.map { (state.count, $0) }
        }
    }

    /// Counts again what could not be written.
    fileprivate func giveBack(_ count: Int64, _ last: Timestamp) {
        state.withLock { state in
            state.count += count
            state.last = max(state.last ?? last, last)
        }
    }
}

/// The counters of all cached files that were requested lately.
final class DownloadCounters: Sendable {
    private let counters = Mutex<[CachedFileKey: DownloadCounter]>([:])

    /// Returns the counter of a file.
    func counter(of key: CachedFileKey) -> DownloadCounter {
        counters.withLock { counters in
            if let counter = counters[key] { return counter }
            let counter = DownloadCounter()
            counters[key] = counter
            return counter
        }
    }

    /// Returns what was counted since the last call. Forgets counters that nobody holds.
    func take() -> [DownloadCount] {
        counters.withLock { counters in
            var counts: [DownloadCount] = []
            for key in Array(counters.keys) {
                guard var counter = counters.removeValue(forKey: key) else { continue }
                let taken = counter.take()
                if let taken {
                    counts.append(
                        DownloadCount(
                            index: key.index, project: key.project, filename: key.filename, count: taken.count,
                            lastAt: taken.last))
                }
                if taken != nil || !isKnownUniquelyReferenced(&counter) { counters[key] = counter }
            }
            return counts
        }
    }

    /// Counts again what could not be written.
    func giveBack(_ counts: [DownloadCount]) {
        for count in counts {
            counter(of: CachedFileKey(index: count.index, project: count.project, filename: count.filename))
                .giveBack(count.count, count.lastAt)
        }
    }
}

/// Counts the downloads of cached files, and writes them to the database from time to time.
public final class DownloadCounting: Sendable {
    private let database: any CachingDatabase
    private let metrics: RegistryMetrics
    private let clock: WallClock
    let counters = DownloadCounters()

    init(database: any CachingDatabase, metrics: RegistryMetrics, clock: WallClock) {
        self.database = database
        self.metrics = metrics
        self.clock = clock
    }

    /// Returns the counter of a file.
    func counter(of key: CachedFileKey) -> DownloadCounter { counters.counter(of: key) }

    /// Counts that `count` bytes of a cached file are served, all of them or a part. Never blocks.
    func note(_ counter: DownloadCounter, isWhole: Bool, count: Int64) {
        counter.note(isWhole: isWhole, at: clock.now())
        metrics.files.increment(.hit)
        metrics.bytesSaved.add(count)
    }

    /// Writes the downloads since the last call to the database.
    ///
    /// Throws what the database does; they are counted again then.
    public func flush() async throws {
        let counts = counters.take()
        guard !counts.isEmpty else { return }
        do {
            try await database.recordDownloads(counts)
        } catch {
            counters.giveBack(counts)
            throw error
        }
    }
}
