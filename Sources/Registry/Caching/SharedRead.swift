import LocalFiles
import Synchronization

/// A read that is shared by all who ask at the same time, and that begins after each of them has asked.
final class SharedRead: Sendable {
    private struct State {
        var running: Task<Void, any Error>?
        /// Begins as soon as the running one has ended.
        var next: Task<Void, any Error>?
    }

    private let state = Mutex(State())

    /// Waits for a read that begins after this call. A caller who leaves does not stop it for the others.
    func wait(_ read: @escaping @Sendable () async throws -> Void) async throws {
        let task = state.withLock { state in
            if let next = state.next { return next }
            guard let running = state.running else {
                let task = Task(executorPreference: BlockingThreads.current) {
                    defer { self.end() }
                    try await read()
                }
                state.running = task
                return task
            }
            let task = Task(executorPreference: BlockingThreads.current) {
                _ = await running.result
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
    }

    private func end() {
        state.withLock { state in
            if state.next == nil { state.running = nil }
        }
    }
}
