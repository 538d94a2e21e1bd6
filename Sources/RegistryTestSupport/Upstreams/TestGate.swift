import Synchronization

/// Holds tasks up at a place until a test lets them on.
///
/// A gate is made shut. Those who wait at it leave with `CancellationError` if their task is cancelled.
public final class TestGate: Sendable {
    private struct State {
        var isOpen = false
        var arrivals = 0
        var nextID = 0
        var held: [Int: CheckedContinuation<Void, any Error>] = [:]
        var watchers: [(arrivals: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// Makes a gate that is shut.
    public init() {}

    /// How many have come to the gate so far, those it let through at once among them.
    public var arrivals: Int { state.withLock { $0.arrivals } }

    /// Lets everybody on, now and from now on.
    public func open() {
        let held = state.withLock { state in
            state.isOpen = true
            defer { state.held = [:] }
            return state.held.values.map { $0 }
        }
        for continuation in held { continuation.resume() }
    }

    /// Shuts the gate again for those who come from now on.
    public func shut() {
        state.withLock { $0.isOpen = false }
    }

    /// Waits until so many have come to the gate.
    public func waitForArrivals(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.arrivals < count else { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Comes to the gate and waits until it is open.
    public func pass() async throws {
        let (id, ready) = state.withLock { state in
            state.nextID += 1
            state.arrivals += 1
            let ready = state.watchers.filter { $0.arrivals <= state.arrivals }
            state.watchers.removeAll { $0.arrivals <= state.arrivals }
            return (state.nextID, ready.map(\.continuation))
        }
        for continuation in ready { continuation.resume() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isFree = state.withLock { state in
                    guard !state.isOpen, !Task.isCancelled else { return true }
                    state.held[id] = continuation
                    return false
                }
                if isFree { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.held.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
        try Task.checkCancellation()
    }
}
