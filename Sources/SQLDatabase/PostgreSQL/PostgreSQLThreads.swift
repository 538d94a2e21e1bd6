import NIOPosix
import Registry
import Synchronization

/// Threads that wait for PostgreSQL, so that neither an event loop nor the cooperative pool does.
final class PostgreSQLThreads: Sendable {
    private let threads: NIOThreadPool
    private let count: Int
    private let patience: Duration
    /// How many closures run or wait.
    private let present = Atomic<Int>(0)

    init(count: Int, patience: Duration) {
        self.count = count
        self.patience = patience
        threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
    }

    /// Runs a closure that blocks. Throws `.unavailable` if no thread becomes free in time.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        let isBusy = present.add(1, ordering: .relaxed).newValue > count
        defer { present.subtract(1, ordering: .relaxed) }
        return try await withCheckedThrowingContinuation { continuation in
            let turn = Turn()
            if isBusy { endWaiting(turn, continuation) }
            threads.submit { state in
                guard turn.take() else { return }
                guard state == .active else { return continuation.resume(throwing: PostgreSQLPool.closed) }
                continuation.resume(with: Result { try body() })
            }
        }
    }

    private func endWaiting<Value>(_ turn: Turn, _ continuation: CheckedContinuation<Value, any Error>) {
        turn.timer = Task { [patience] in
            try? await Task.sleep(for: patience)
            guard turn.take() else { return }
            continuation.resume(
                throwing: RegistryError(
                    .unavailable, "Too many requests wait for the database; try again in a few seconds."))
        }
    }

    /// Waits for what runs, and ends what waits.
    func stop() async {
        // A pool refuses to stop only if it has stopped already.
        try? await threads.shutdownGracefully()
    }
}

/// Who answers a caller: the thread that runs the closure, or the timer that ends the waiting.
private final class Turn: Sendable {
    private struct State {
        var isTaken = false
        var timer: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Returns whether the caller is the first, and ends the timer.
    func take() -> Bool {
        let timer = state.withLock { state -> Task<Void, Never>?? in
            guard !state.isTaken else { return .none }
            state.isTaken = true
            return .some(state.timer)
        }
        guard let timer else { return false }
        timer?.cancel()
        return true
    }

    var timer: Task<Void, Never>? {
        get { state.withLock { $0.timer } }
        set { state.withLock { if $0.isTaken { newValue?.cancel() } else { $0.timer = newValue } } }
    }
}
