import Synchronization

/// How far this process has followed the database's changes, and which of them it made itself.
final class FreshnessState: Sendable {
    private struct State {
        var cursor: ChangeCursor?
        /// Serials of this process's own publishes, whose pages are dropped already.
        var own: [IndexName: Set<Int64>] = [:]
    }

    private let state = Mutex(State())
    private let epoch = Atomic<Int64>(0)

    /// The count of changes to people and rights that has been seen.
    var accessEpoch: Int64 { epoch.load(ordering: .acquiring) }

    var seen: ChangeCursor? { state.withLock { $0.cursor } }

    /// Remembers that this process made a serial and has dropped what it makes stale.
    func noteOwn(_ serial: Int64, in index: IndexName) {
        _ = state.withLock { $0.own[index, default: []].insert(serial) }
    }

    /// Goes on to a new cursor; says whether another process may have made any of the changes in between.
    func advance(to new: ChangeCursor) -> Bool {
        epoch.store(new.accessEpoch, ordering: .releasing)
        return state.withLock { state in
            var foreign = false
            for (index, last) in new.serials {
                let first = (state.cursor?.serials[index] ?? last) + 1
                guard first <= last else { continue }
                let own = state.own[index] ?? []
                foreign = foreign || !(first...last).allSatisfy(own.contains)
                state.own[index] = own.filter { $0 > last }
            }
            state.cursor = new
            return foreign
        }
    }
}
