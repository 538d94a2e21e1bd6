import PackagingStandards
import Synchronization

/// Counts the downloads of one file until they are written to the database. Never waits.
///
/// Days are counted apart: what is counted before midnight and written after it belongs to the day before.
final class DownloadCounter: Sendable {
    /// Of even days and of odd ones: what is counted is written long before the next day of its kind.
    private let even = Half()
    private let odd = Half()

    private final class Half: Sendable {
        let count = Atomic<Int64>(0)
        /// In microseconds; 0 if nothing was counted.
        let last = Atomic<Int64>(0)

        func take() -> (count: Int64, last: Timestamp)? {
            // The moment first: what is counted in between is taken the next time, if not now.
            let moment = last.exchange(0, ordering: .acquiring)
            guard moment != 0 else { return nil }
            return (count.exchange(0, ordering: .relaxed), Timestamp(microseconds: moment))
        }
    }

    private func half(of moment: Timestamp) -> Half {
        UTCDay(moment).number.isMultiple(of: 2) ? even : odd
    }

    /// Counts a download, or notes the time if a part was read that is none.
    func note(isDownload: Bool, at moment: Timestamp) {
        let half = half(of: moment)
        if isDownload { half.count.wrappingAdd(1, ordering: .relaxed) }
        half.last.store(moment.microseconds, ordering: .releasing)
    }

    /// Returns what was counted since the last call, by day.
    fileprivate func take() -> [(count: Int64, last: Timestamp)] {
        [even.take(), odd.take()].compactMap(\.self)
    }

    /// Counts again what could not be written.
    fileprivate func giveBack(_ count: Int64, _ moment: Timestamp) {
        let half = half(of: moment)
        half.count.wrappingAdd(count, ordering: .relaxed)
        half.last.max(moment.microseconds, ordering: .releasing)
    }
}

/// The counters of all files that were requested lately.
final class DownloadCounters: Sendable {
    private let counters = Mutex<[HeldFileKey: DownloadCounter]>([:])

    /// Returns the counter of a file.
    func counter(of key: HeldFileKey) -> DownloadCounter {
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
                counts += taken.map {
                    DownloadCount(
                        index: key.index, project: key.project, filename: key.filename, count: $0.count,
                        lastAt: $0.last)
                }
                if !taken.isEmpty || !isKnownUniquelyReferenced(&counter) { counters[key] = counter }
            }
            return counts
        }
    }

    /// Counts again what could not be written.
    func giveBack(_ counts: [DownloadCount]) {
        for count in counts {
            counter(of: HeldFileKey(index: count.index, project: count.project, filename: count.filename))
                .giveBack(count.count, count.lastAt)
        }
    }
}

/// Counts the downloads of files, and writes them to the database from time to time.
///
/// A download is a GET that is answered with the first byte of a distribution file, or with a link to it: whoever fetches a
/// file in parts is counted once. HEAD, 304 and core metadata are none.
public final class DownloadCounting: Sendable {
    /// How many counts are written in one transaction, so that nobody waits for long behind it.
    private static let batch = 500

    private let database: any StatisticsDatabase
    private let metrics: RegistryMetrics
    private let clock: WallClock
    /// The day before which counts were forgotten last.
    private let forgotten = Mutex<UTCDay?>(nil)
    let counters = DownloadCounters()

    init(database: any StatisticsDatabase, metrics: RegistryMetrics, clock: WallClock) {
        self.database = database
        self.metrics = metrics
        self.clock = clock
    }

    /// Returns the counter of a file.
    func counter(of key: HeldFileKey) -> DownloadCounter { counters.counter(of: key) }

    /// Counts that a file is served, beginning with its first byte or not. Never blocks.
    func note(_ counter: DownloadCounter, isDownload: Bool) {
        counter.note(isDownload: isDownload, at: clock.now())
    }

    /// Counts that so many bytes of a cached file are served from here. Never blocks.
    func noteSaved(_ count: Int64) {
        metrics.files.increment(.hit)
        metrics.bytesSaved.add(count)
    }

    /// Writes the downloads since the last call to the database, and forgets those that are too old.
    ///
    /// Throws what the database does; what is not written is counted again then.
    public func flush() async throws {
        var counts = counters.take()[...]
        do {
            while !counts.isEmpty {
                try await database.recordDownloads(Array(counts.prefix(Self.batch)))
                counts = counts.dropFirst(Self.batch)
            }
        } catch {
            counters.giveBack(Array(counts))
            throw error
        }
        let oldest = UTCDay(clock.now()).adding(days: 1 - DownloadStatistics.daysKept)
        guard forgotten.withLock({ $0 != oldest }) else { return }
        try await database.forgetStatistics(before: oldest)
        forgotten.withLock { $0 = oldest }
    }
}
