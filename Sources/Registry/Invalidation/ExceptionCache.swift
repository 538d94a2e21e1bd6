import PackagingStandards
import Synchronization

/// The exceptions of each index in memory, so that neither a page nor a download reads them from the database.
///
/// Whoever changes exceptions, or learns that another process may have, marks those of the index as outdated, so that
/// they are read again. A read that began before that is used by those who asked for it, and not kept.
final class ExceptionCache: Sendable {
    /// The exceptions of an index by project, including those that have ended.
    typealias ByProject = [NormalizedName: [PolicyException]]

    private struct Entry {
        var exceptions: ByProject
        var isCurrent: Bool
    }

    private struct State {
        var entries: [IndexName: Entry] = [:]
        /// Counts how often something became outdated.
        var generation = 0
    }

    private let state = Mutex(State())

    /// Returns the exceptions of an index, or nil if they must be read. Never blocks.
    func current(_ index: IndexName) -> ByProject? {
        state.withLock { state in
            state.entries[index].flatMap { $0.isCurrent ? $0.exceptions : nil }
        }
    }

    /// Take this before the database is read, for `keep`.
    var generation: Int { state.withLock { $0.generation } }

    /// Keeps what was read since a generation, unless it may be outdated already. Returns the projects whose exceptions
    /// differ from those in memory before, current or not: their pages are stale.
    func keep(_ exceptions: ByProject, of index: IndexName, readSince generation: Int) -> Set<NormalizedName> {
        state.withLock { state in
            guard state.generation == generation else { return [] }
            let known = state.entries.updateValue(Entry(exceptions: exceptions, isCurrent: true), forKey: index)
            guard let old = known?.exceptions else { return [] }
            return Set(old.keys).union(exceptions.keys).filter { old[$0] != exceptions[$0] }
        }
    }

    /// Marks an index's exceptions as outdated. Returns false if none were in memory.
    @discardableResult
    func outdate(_ index: IndexName) -> Bool {
        state.withLock { state in
            state.generation += 1
            state.entries[index]?.isCurrent = false
            return state.entries[index] != nil
        }
    }

    /// Forgets everything.
    func forgetAll() {
        state.withLock { state in
            state.generation += 1
            state.entries = [:]
        }
    }
}
