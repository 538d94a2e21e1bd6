import NIOCore
import Registry
import Synchronization

/// What waits on all event loops for reads of the changes, if only a read can tell what was committed.
final class ReadWaits: Sendable {
    /// A wait is used on its own event loop only.
    private struct Loop: @unchecked Sendable {
        let wait: ReadWait
    }

    private let loops = Mutex<[ObjectIdentifier: Loop]>([:])

    /// Returns what waits on an event loop; called on that loop.
    func wait(on loop: any EventLoop, _ freshness: Freshness) -> ReadWait {
        loop.assertInEventLoop()
        return loops.withLock { loops in
            let known = loops[ObjectIdentifier(loop)] ?? Loop(wait: ReadWait(freshness, loop))
            loops[ObjectIdentifier(loop)] = known
            return known.wait
        }
    }
}

/// The requests on one event loop that wait for a read of the changes. All that may rely on the same read share one task
/// and one wake-up of the loop. Used on its loop only.
final class ReadWait {
    /// Requests that rely on one read.
    private final class Batch {
        /// The number of reads that had begun when each of them came.
        let readCount: UInt64
        var waiters: [(_ isRead: Bool) -> Void] = []

        init(readCount: UInt64) {
            self.readCount = readCount
        }
    }

    private let freshness: Freshness
    private let loop: any EventLoop
    /// The batch that may still take requests.
    private var last: Batch?

    init(_ freshness: Freshness, _ loop: any EventLoop) {
        self.freshness = freshness
        self.loop = loop
    }

    /// Calls back when a read has ended that begins after this call: with false if it failed.
    func join(_ waiter: @escaping (_ isRead: Bool) -> Void) {
        let readCount = freshness.readCount
        // The batch's read begins after the count was this, so after this call.
        if let last, last.readCount == readCount { return last.waiters.append(waiter) }
        let batch = Batch(readCount: readCount)
        batch.waiters.append(waiter)
        last = batch
        let bound = NIOLoopBound((wait: self, batch: batch), eventLoop: loop)
        Task { [freshness, loop] in
            let isRead = (try? await freshness.read()) != nil
            loop.execute { bound.value.wait.end(bound.value.batch, isRead) }
        }
    }

    private func end(_ batch: Batch, _ isRead: Bool) {
        if last === batch { last = nil }
        for waiter in batch.waiters { waiter(isRead) }
    }
}
