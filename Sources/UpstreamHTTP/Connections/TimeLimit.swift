import NIOCore
import Synchronization

/// Thrown where something took longer than it may.
struct TimeLimitExceeded: Error, Hashable {}

/// What an operation answers, or `TimeLimitExceeded` after the time.
///
/// An operation that is overtaken, by the time or by cancellation, is cancelled and not waited for.
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

/// Hands on the first answer that it is given.
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
    /// The same time, to the nanosecond.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self = .nanoseconds(isTooLong ? .max : whole.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue)
    }
}
