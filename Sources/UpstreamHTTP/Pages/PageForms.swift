import Synchronization

/// Remembers in which form an upstream's pages are asked for: some prefer HTML, which lacks the files' times, unless
/// JSON alone is asked for.
final class PageForms: Sendable {
    /// For how long an upstream that has no JSON isn't asked for it alone again.
    static let restAfterRefusal = Duration.seconds(24 * 3600)
    /// The same if it failed, which says nothing.
    static let restAfterFailure = Duration.seconds(600)

    private enum State {
        case any
        case trying
        case jsonAlone
        case resting(until: ContinuousClock.Instant)
    }

    private let state = Mutex(State.any)

    /// Whether JSON alone is asked for.
    var isJSONAlone: Bool {
        state.withLock { if case .jsonAlone = $0 { true } else { false } }
    }

    /// Whether to try to ask for JSON alone; who may has to say how that ended.
    func mayTry(at moment: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            switch state {
            case .any: break
            case .resting(let until): guard moment >= until else { return false }
            case .trying, .jsonAlone: return false
            }
            state = .trying
            return true
        }
    }

    /// The upstream answered JSON to those who ask for nothing else.
    func found() {
        state.withLock { $0 = .jsonAlone }
    }

    /// It doesn't, or doesn't any more.
    func rest(_ time: Duration, from moment: ContinuousClock.Instant) {
        state.withLock { $0 = .resting(until: moment + time) }
    }
}
