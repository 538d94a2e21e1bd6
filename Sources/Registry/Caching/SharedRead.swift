import LocalFiles
import Synchronization

/// A read that is shared by all who ask at the same time, and that begins after each of them has asked.
///
/// One runs at a time. Whoever asks meanwhile waits for the next one, which begins as soon as the running one has ended,
/// however that ended. An error reaches those who waited for the read that threw it.
final class SharedRead: Sendable {
    typealias Read = @Sendable () async throws -> Void
    typealias Waiter = @Sendable (Result<Void, any Error>) -> Void

    /// A read that has not begun, and those who wait for it.
    private struct Next {
        let read: Read
        var waiters: [Waiter]
    }

    private struct State {
        var next: Next?
        /// Whether a task reads, and will read once more if somebody waits.
        var isReading = false
    }

    private let threads: BlockingThreads?
    private let state = Mutex(State())
    private let begun = Atomic<UInt64>(0)

    /// Makes one whose reads run on threads that may block; nil for those of whoever asks while none runs.
    init(on threads: BlockingThreads? = nil) {
        self.threads = threads
    }

    /// The number of reads that have begun. A read that somebody waits for since it was the same begins after this call.
    var begunCount: UInt64 { begun.load(ordering: .sequentiallyConsistent) }

    /// Waits for a read that begins after this call. A caller who leaves does not stop it for the others.
    func wait(_ read: @escaping Read) async throws {
        try await withCheckedThrowingContinuation { continuation in
            join(read) { continuation.resume(with: $0) }
        }
    }

    /// Calls back, on whatever thread, when a read has ended that begins after this call.
    func join(_ read: @escaping Read, _ waiter: @escaping Waiter) {
        let isFirst = state.withLock { state in
            var next = state.next.take() ?? Next(read: read, waiters: [])
            next.waiters.append(waiter)
            state.next = next
            defer { state.isReading = true }
            return !state.isReading
        }
        guard isFirst else { return }
        // One task for as long as somebody waits: whoever joins meanwhile wakes no thread.
        Task(executorPreference: threads ?? BlockingThreads.current) {
            while let next = self.takeNext() { await self.run(next) }
        }
    }

    /// Returns the next read; nil if nobody waits for one.
    private func takeNext() -> Next? {
        state.withLock { state in
            defer { state.next = nil }
            if state.next == nil { state.isReading = false }
            return state.next
        }
    }

    private func run(_ next: Next) async {
        begun.add(1, ordering: .sequentiallyConsistent)
        let result: Result<Void, any Error>
        do { result = .success(try await next.read()) } catch { result = .failure(error) }
        for waiter in next.waiters { waiter(result) }
    }
}
