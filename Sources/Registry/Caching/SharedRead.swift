import LocalFiles
import Synchronization

/// A read that is shared by all who ask at the same time, and that begins after each of them has asked.
///
/// One runs at a time. Whoever asks meanwhile waits for the next one, which begins as soon as the running one has ended,
/// however that ended. An error reaches those who waited for the read that threw it.
final class SharedRead: Sendable {
    private struct State {
        /// The read that has begun last, if it has not ended.
        var running: Task<Void, any Error>?
        /// The read that has not begun yet: whoever asks now waits for it.
        var next: Task<Void, any Error>?
    }

    private let state = Mutex(State())
    private let begun = Atomic<UInt64>(0)

    /// The number of reads that have begun. A read that somebody waits for since it was the same begins after this call.
    var begunCount: UInt64 { begun.load(ordering: .sequentiallyConsistent) }

    /// Waits for a read that begins after this call. A caller who leaves does not stop it for the others.
    func wait(_ read: @escaping @Sendable () async throws -> Void) async throws {
        let task = state.withLock { state in
            if let next = state.next { return next }
            let running = state.running
            let task = Task(executorPreference: BlockingThreads.current) {
                _ = await running?.result
                self.begin()
                defer { self.end() }
                try await read()
            }
            state.next = task
            return task
        }
        try await task.value
    }

    private func begin() {
        state.withLock { state in
            state.running = state.next
            state.next = nil
        }
        begun.add(1, ordering: .sequentiallyConsistent)
    }

    private func end() {
        state.withLock { state in
            // Whoever waits for the next read has taken this one already.
            if state.next == nil { state.running = nil }
        }
    }
}
