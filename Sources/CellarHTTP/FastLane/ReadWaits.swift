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
        /// The number of reads that had begun when it was asked for; nil if it was not yet.
        var readCount: UInt64?
        var waiters: [(_ isRead: Bool) -> Void] = []
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
        // A batch's read begins after it was asked for; once that is done, after the count was this.
        if let last, last.readCount.map({ $0 == freshness.readCount }) ?? true { return last.waiters.append(waiter) }
        let batch = Batch()
        batch.waiters.append(waiter)
        last = batch
        let bound = NIOLoopBound((wait: self, batch: batch), eventLoop: loop)
        // What has come in by now on the loop's other connections shares the read: it is asked for after them.
        loop.execute { bound.value.wait.ask(bound.value.batch) }
    }

    private func ask(_ batch: Batch) {
        batch.readCount = freshness.readCount
        let bound = NIOLoopBound((wait: self, batch: batch), eventLoop: loop)
        freshness.whenRead { [loop] isRead in
            loop.execute { bound.value.wait.end(bound.value.batch, isRead) }
        }
    }

    private func end(_ batch: Batch, _ isRead: Bool) {
        if last === batch { last = nil }
        for waiter in batch.waiters { waiter(isRead) }
    }
}
