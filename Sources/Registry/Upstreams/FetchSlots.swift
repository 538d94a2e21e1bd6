import Synchronization

/// Thrown if too many wait for a slot.
struct QueueFull: Error {}

/// Lets a number of tasks run at once; others wait in order, up to a number.
final class FetchSlots: Sendable {
    private struct State {
        var free: Int
        var nextID: UInt64 = 0
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state: Mutex<State>

    private let maxWaiting: Int

    init(count: Int, maxWaiting: Int) {
        self.maxWaiting = maxWaiting
        state = Mutex(State(free: count))
    }

    /// Waits for a slot, which must be given back. Throws `QueueFull` or `CancellationError`; then no slot was taken.
    func take() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.free == 0 else {
                        state.free -= 1
                        return .success(())
                    }
                    guard state.waiting.count < maxWaiting else { return .failure(QueueFull()) }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
                let place = state.waiting.firstIndex { $0.id == id }
                return place.map { state.waiting.remove(at: $0).continuation }
            }
            continuation?.resume(throwing: CancellationError())
        }
    }

    /// Does work in a slot. Throws what `take` and the work do.
    func run<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        try await take()
        defer { giveBack() }
        return try await work()
    }

    /// The number of free slots.
    var free: Int { state.withLock { $0.free } }

    /// Gives a slot to the task that has waited longest, or back.
    func giveBack() {
        let next: CheckedContinuation<Void, any Error>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().continuation }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
