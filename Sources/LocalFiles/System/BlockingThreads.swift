public import NIOPosix

/// Threads that may block, on which tasks can run.
///
/// A task that prefers them (`withTaskExecutorPreference`) does one blocking thing after the other on one thread: what
/// asks `isCurrent` blocks in place then, and otherwise has another thread do it, at the cost of two changes of thread.
/// A job must not wait for another job of these threads.
public final class BlockingThreads: TaskExecutor {
    private let pool: NIOThreadPool
    /// Takes the jobs in the place of the threads; nil but in a simulation.
    private let simulation: (@Sendable (UnownedJob) -> Void)?
    private static let running = ThreadSpecificVariable<BlockingThreads>()

    /// Starts the threads.
    public init(count: Int) {
        pool = NIOThreadPool(numberOfThreads: count)
        simulation = nil
        pool.start()
    }

    private init(simulating simulation: @escaping @Sendable (UnownedJob) -> Void) {
        pool = NIOThreadPool(numberOfThreads: 0)
        self.simulation = simulation
    }

    /// Lets what runs on the calling thread block it from now on, and hands jobs over: for a simulation, which does all
    /// on one thread.
    package static func simulate(_ take: @escaping @Sendable (UnownedJob) -> Void) {
        running.currentValue = BlockingThreads(simulating: take)
    }

    /// The threads of which the caller's is one; nil if the caller may not block.
    public static var current: BlockingThreads? { running.currentValue }

    /// Whether the caller may block.
    public static var isCurrent: Bool { running.currentValue != nil }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if let simulation { return simulation(job) }
        pool.submit { state in
            // Once the threads are stopped, jobs run on whatever thread makes them ready.
            if state == .active, Self.running.currentValue == nil { Self.running.currentValue = self }
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }

    /// Ends the threads, when no task prefers them any more.
    public func stop() async {
        // A pool refuses to stop only if it has stopped already.
        try? await pool.shutdownGracefully()
    }
}

extension NIOThreadPool {
    /// Runs a closure that blocks: in place if the caller may block, else on a thread of this pool.
    public func runBlocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        if BlockingThreads.isCurrent { return try body() }
        return try await runIfActive(body)
    }
}
