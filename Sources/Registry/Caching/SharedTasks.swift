import Synchronization

/// Work that is done once for all who ask for it at the same time; a caller who leaves does not stop it for the others.
package final class SharedTasks<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let running = Mutex<[Key: Task<Value, any Error>]>([:])

    /// Makes it without any work under way.
    package init() {}

    /// Returns the result of the work that is under way for a key, or else of this work.
    package func value(for key: Key, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = running.withLock { running in
            if let task = running[key] { return task }
            let task = Task {
                defer { self.running.withLock { $0[key] = nil } }
                return try await work()
            }
            running[key] = task
            return task
        }
        return try await task.value
    }
}
