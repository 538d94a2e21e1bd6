import Registry
import Synchronization

/// What was last read of the history of changes, and the driver's mark from just before.
final class Freshness: Sendable {
    private struct Known {
        let mark: CommitMark
        let cursor: ChangeCursor
    }

    private let known = Mutex<Known?>(nil)

    /// Returns the present cursor if nothing was committed since it was read.
    func cursor(at mark: CommitMark?) -> ChangeCursor? {
        guard let mark else { return nil }
        return known.withLock { $0?.mark == mark ? $0?.cursor : nil }
    }

    /// Keeps a cursor that was read after the mark.
    func keep(_ cursor: ChangeCursor, readAfter mark: CommitMark?) {
        guard let mark else { return }
        known.withLock { $0 = Known(mark: mark, cursor: cursor) }
    }
}
