import NIOCore
import Synchronization

/// Thrown if something takes longer than it may.
struct TimeLimitExceeded: Error, Hashable {}

/// Returns the result of an operation, or throws `TimeLimitExceeded` after the time.
///
/// If the time or a cancellation comes first, the operation is cancelled and not waited for.
func withTimeLimit<Value: Sendable>(
    _ limit: Duration, on eventLoop: any EventLoop, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let answer = FirstAnswer<Value>()
    let task = Task {
        do {
            answer.give(.success(try await operation()))
        } catch {
            answer.give(.failure(error))
        }
    }
    let timer = eventLoop.scheduleTask(in: TimeAmount(limit)) {
        answer.give(.failure(TimeLimitExceeded()))
        task.cancel()
    }
    defer { timer.cancel() }
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { answer.wait($0) }
    } onCancel: {
        answer.give(.failure(CancellationError()))
        task.cancel()
    }
}

/// Hands on the first answer that it gets.
private final class FirstAnswer<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waited(CheckedContinuation<Value, any Error>)
        case given(Result<Value, any Error>)
        case over
    }

    private let state = Mutex(State.open)

    func give(_ answer: Result<Value, any Error>) {
        let waiting: CheckedContinuation<Value, any Error>? = state.withLock { state in
            switch state {
            case .open:
                state = .given(answer)
                return nil
            case .waited(let continuation):
                state = .over
                return continuation
            case .given, .over: return nil
            }
        }
        waiting?.resume(with: answer)
    }

    func wait(_ continuation: CheckedContinuation<Value, any Error>) {
        let given: Result<Value, any Error>? = state.withLock { state in
            guard case .given(let answer) = state else {
                state = .waited(continuation)
                return nil
            }
            state = .over
            return answer
        }
        if let given { continuation.resume(with: given) }
    }
}

extension TimeAmount {
    /// Takes a duration, to the nanosecond.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self = .nanoseconds(isTooLong ? .max : whole.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue)
    }
}
