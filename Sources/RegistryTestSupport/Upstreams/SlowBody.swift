import Synchronization

/// How much of a remote file a test lets out, for bodies that come slowly.
///
/// One slow body may serve several openings of a file: each gets what has been let out. Only bodies of whole files wait
/// for it; a part of the file is answered at once.
public final class SlowBody: Sendable {
    private struct State {
        var released: Int64 = 0
        var failure: (any Error)?
        var nextID = 0
        var waiting: [Int: (position: Int64, continuation: CheckedContinuation<Int64, any Error>)] = [:]
    }

    private let state = Mutex(State())

    /// Makes a body of which nothing is let out yet.
    public init() {}

    /// Lets so many more bytes out.
    public func release(_ count: Int64) {
        advance { $0.released = max($0.released, $0.released.addingReportingOverflow(count).partialValue) }
    }

    /// Lets everything out.
    public func releaseAll() {
        advance { $0.released = .max }
    }

    /// Breaks the bodies off behind what was let out.
    public func fail(_ error: any Error) {
        advance { $0.failure = error }
    }

    /// Waits until there is something behind a position. Returns up to where.
    func bytes(behind position: Int64) async throws -> Int64 {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Int64, any Error>? = state.withLock { state in
                    if state.released > position { return .success(state.released) }
                    if let failure = state.failure { return .failure(failure) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiting[id] = (position, continuation)
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    private func advance(_ change: (inout State) -> Void) {
        let (ready, released, failure) = state.withLock { state in
            change(&state)
            let ready = state.waiting.filter { $0.value.position < state.released || state.failure != nil }
            for id in ready.keys { state.waiting.removeValue(forKey: id) }
            return (ready.values.map { $0 }, state.released, state.failure)
        }
        for (position, continuation) in ready {
            if released > position {
                continuation.resume(returning: released)
            } else if let failure {
                continuation.resume(throwing: failure)
            }
        }
    }
}
