import PackagingStandards
import Synchronization

/// Counts the downloads of one source until they are written to the database.
public final class TaggedDownloadCounter: Sendable {
    private let count = Atomic<Int64>(0)

    /// Counts a download of a whole file. Never waits.
    public func note() { count.wrappingAdd(1, ordering: .relaxed) }

    /// Returns what was counted since the last call.
    fileprivate func take() -> Int64 { count.exchange(0, ordering: .relaxed) }

    /// Counts again what could not be written.
    fileprivate func giveBack(_ more: Int64) { count.wrappingAdd(more, ordering: .relaxed) }
}

/// Counts what those download who send a tag behind their user name, and writes it to the database from time to time.
///
/// Whoever sends no tag costs nothing. Sources that come when there are too many between two calls of `flush` are counted
/// together.
public final class TagCounting: Sendable {
    /// The most sources that are counted apart between two calls of `flush`.
    static let mostSources = 10_000

    private let database: any TagDatabase
    private let permissions: Permissions
    private let clock: WallClock
    private let counters = Mutex<[TaggedDownloads.Source: TaggedDownloadCounter]>([:])
    private let others = TaggedDownloadCounter()

    init(database: any TagDatabase, permissions: Permissions, clock: WallClock) {
        self.database = database
        self.permissions = permissions
        self.clock = clock
    }

    /// Returns the counter of a caller's downloads out of an index; nil if the caller sends no tag. Never waits.
    public func counter(of caller: Caller, in index: IndexName) -> TaggedDownloadCounter? {
        guard let tag = caller.tag else { return nil }
        let source = TaggedDownloads.Source(user: caller.name, tag: tag, index: index)
        return counters.withLock { counters in
            if let counter = counters[source] { return counter }
            guard counters.count < Self.mostSources else { return others }
            let counter = TaggedDownloadCounter()
            counters[source] = counter
            return counter
        }
    }

    /// Writes the downloads since the last call to the database.
    ///
    /// Throws what the database does; they are counted again then.
    public func flush() async throws {
        let taken = take()
        guard !taken.isEmpty else { return }
        do {
            try await database.record(taken, at: clock.now())
        } catch {
            giveBack(taken)
            throw error
        }
    }

    /// Returns the downloads that were written, added up by source, the largest sums first; for administrators.
    public func downloads(_ query: TaggedDownloadsQuery, caller: Caller) async throws -> [TaggedDownloads] {
        try permissions.requireAdministrator(caller, to: "see who has downloaded what")
        return try await database.taggedDownloads(query)
    }

    /// Returns what was counted since the last call. Forgets counters that nobody holds.
    private func take() -> [TaggedDownloads] {
        counters.withLock { counters in
            var taken: [TaggedDownloads] = []
            for source in Array(counters.keys) {
                guard var counter = counters.removeValue(forKey: source) else { continue }
                let count = counter.take()
                if count > 0 { taken.append(TaggedDownloads(source, count: count)) }
                if count > 0 || !isKnownUniquelyReferenced(&counter) { counters[source] = counter }
            }
            let rest = others.take()
            if rest > 0 { taken.append(TaggedDownloads(nil, count: rest)) }
            return taken
        }
    }

    private func giveBack(_ taken: [TaggedDownloads]) {
        counters.withLock { counters in
            for downloads in taken {
                guard let source = downloads.source else {
                    others.giveBack(downloads.count)
                    continue
                }
                let counter = counters[source] ?? TaggedDownloadCounter()
                counter.giveBack(downloads.count)
                counters[source] = counter
            }
        }
    }
}
