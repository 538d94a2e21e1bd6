import NIOPosix
import Synchronization

/// Collects small files that are put at the same time, and has a few threads write them: one each as long as there are
/// threads, several together beyond that.
final class PutBatches: Sendable {
    /// The most bytes of a file that may wait for others.
    static let largestFile: Int64 = 64 << 10
    /// The most threads that write at once: they wait for the disk most of the time.
    private static let mostThreads = 4

    private struct State {
        var waiting: [Put.File] = []
        var threadCount = 0

        /// Takes a thread's share of what waits.
        mutating func takeShare() -> ArraySlice<Put.File> {
            let share = waiting.prefix((waiting.count + threadCount - 1) / max(threadCount, 1))
            waiting.removeFirst(share.count)
            if share.isEmpty { threadCount -= 1 }
            return share
        }

        /// Adds files, and returns how many threads are needed for them.
        mutating func add(_ files: [Put.File]) -> Int {
            waiting += files
            let needed = max(0, min(files.count, PutBatches.mostThreads - threadCount))
            threadCount += needed
            return needed
        }
    }

    private let tree: FileTree
    private let threads: NIOThreadPool
    private let state = Mutex(State())

    init(tree: FileTree, threads: NIOThreadPool) {
        self.tree = tree
        self.threads = threads
    }

    /// Stores files, whole and durable. Throws an error of any of them.
    func put(_ files: [FileTree.NewFile]) async throws {
        try Task.checkCancellation()
        guard !files.isEmpty else { return }
        try await withCheckedThrowingContinuation { continuation in
            let put = Put(count: files.count, continuation)
            let needed = state.withLock { $0.add(files.map { Put.File(file: $0, put: put) }) }
            for _ in 0..<needed { threads.submit { self.work(isActive: $0 == .active) } }
        }
    }

    /// Writes until nothing waits. Without an active thread, it fails instead.
    private func work(isActive: Bool) {
        while case let share = state.withLock({ $0.takeShare() }), !share.isEmpty {
            let results =
                isActive ? tree.put(share.map(\.file)) : share.map { _ in .failure(CancellationError()) }
            for (entry, result) in zip(share, results) { entry.put.ended(result) }
        }
    }
}

/// The files of one call, which is answered when all of them are stored.
private final class Put: Sendable {
    struct File: Sendable {
        let file: FileTree.NewFile
        let put: Put
    }

    private struct State {
        var left: Int
        var failure: (any Error)?
    }

    private let state: Mutex<State>
    private let continuation: CheckedContinuation<Void, any Error>

    init(count: Int, _ continuation: CheckedContinuation<Void, any Error>) {
        state = Mutex(State(left: count))
        self.continuation = continuation
    }

    func ended(_ result: Result<Void, any Error>) {
        let (left, failure) = state.withLock { state in
            state.left -= 1
            if case .failure(let error) = result { state.failure = error }
            return (state.left, state.failure)
        }
        guard left == 0 else { return }
        if let failure { continuation.resume(throwing: failure) } else { continuation.resume() }
    }
}
