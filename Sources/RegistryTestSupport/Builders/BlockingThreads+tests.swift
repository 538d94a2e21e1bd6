public import LocalFiles

extension BlockingThreads {
    /// Threads that are never stopped.
    public static let forTests = BlockingThreads(count: 4)

    /// Runs a closure on threads that may block, or on those of all tasks.
    public static func preferred<Value: Sendable>(
        _ isPreferred: Bool, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withTaskExecutorPreference(isPreferred ? forTests : nil) { try await body() }
    }
}
