import PackagingStandards
import Synchronization

/// The exceptions of each index as the database had them last, so that neither a page nor a download asks for them.
///
/// Whoever changes exceptions, or learns that somebody else may have, says that an index's are outdated: they are read
/// again then. What was read before that is used by those who read it, and not kept.
final class ExceptionCache: Sendable {
    /// The exceptions of an index, by project; those that have ended too.
    typealias ByProject = [NormalizedName: [PolicyException]]

    private struct Entry {
        var exceptions: ByProject
        var isCurrent: Bool
    }

    private struct State {
        var entries: [IndexName: Entry] = [:]
        /// How often something was said to be outdated.
        var generation = 0
    }

    private let state = Mutex(State())

    /// What is known of an index, without waiting; nil if it must be read.
    func current(_ index: IndexName) -> ByProject? {
        state.withLock { state in
            state.entries[index].flatMap { $0.isCurrent ? $0.exceptions : nil }
        }
    }

    /// To be taken before the database is read, and handed to `keep`.
    var generation: Int { state.withLock { $0.generation } }

    /// Keeps what was read since a generation, unless it may be outdated already. Says for which projects it differs
    /// from what was known before, current or not: their pages are stale.
    func keep(_ exceptions: ByProject, of index: IndexName, readSince generation: Int) -> Set<NormalizedName> {
        state.withLock { state in
            guard state.generation == generation else { return [] }
            let known = state.entries.updateValue(Entry(exceptions: exceptions, isCurrent: true), forKey: index)
            guard let old = known?.exceptions else { return [] }
            return Set(old.keys).union(exceptions.keys).filter { old[$0] != exceptions[$0] }
        }
    }

    /// Says that an index's exceptions may be others by now. False if none were known.
    @discardableResult
    func outdate(_ index: IndexName) -> Bool {
        state.withLock { state in
            state.generation += 1
            state.entries[index]?.isCurrent = false
            return state.entries[index] != nil
        }
    }

    /// Forgets everything, as every page is forgotten too.
    func forgetAll() {
        state.withLock { state in
            state.generation += 1
            state.entries = [:]
        }
    }
}
