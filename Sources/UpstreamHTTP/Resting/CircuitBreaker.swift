/// Decides whether a host that fails is asked now or left alone: a value that takes events and answers, without I/O.
///
/// After `patience` failures in a row the host rests, ten seconds at first. Then one request is let through to try it;
/// where that fails too, the rest doubles, up to two minutes.
struct CircuitBreaker: Sendable, Hashable {
    typealias Instant = ContinuousClock.Instant

    /// Failures in a row after which the host rests.
    static let patience = 5
    static let firstRest = Duration.seconds(10)
    static let longestRest = Duration.seconds(120)
    /// The longest time for which a host is believed that asks to be left alone.
    static let longestWish = Duration.seconds(900)

    /// Whether a request may go.
    enum Admission: Hashable, Sendable {
        /// It may, and its end is told with this number.
        case go(Int)
        /// It may not, for so long.
        case rest(Duration)
    }

    private enum State: Hashable {
        case working(failures: Int)
        case resting(until: Instant, rest: Duration)
        case trying(rest: Duration)
    }

    private var state = State.working(failures: 0)
    /// Counts the states, so that a request which began in an earlier one says nothing about this one.
    private var generation = 0

    /// Whether requests go through as they come.
    var isWorking: Bool {
        if case .working = state { return true }
        return false
    }

    /// Whether nothing is remembered of the host.
    var isFresh: Bool { state == .working(failures: 0) }

    /// Asks for a request.
    mutating func admit(at moment: Instant) -> Admission {
        switch state {
        case .working: return .go(generation)
        case .resting(let until, let rest):
            guard moment >= until else { return .rest(moment.duration(to: until)) }
            enter(.trying(rest: rest))
            return .go(generation)
        // The one that tries it will be back soon.
        case .trying: return .rest(.seconds(1))
        }
    }

    /// A request was answered.
    mutating func succeeded(_ number: Int) {
        guard number == generation else { return }
        switch state {
        case .working: state = .working(failures: 0)
        case .trying: enter(.working(failures: 0))
        case .resting: break
        }
    }

    /// A request failed. Answers for how long the host rests from now on, nil if it does not begin to.
    mutating func failed(_ number: Int, at moment: Instant) -> Duration? {
        guard number == generation else { return nil }
        switch state {
        case .working(let failures) where failures + 1 < Self.patience:
            state = .working(failures: failures + 1)
            return nil
        case .working: return rest(Self.firstRest, at: moment)
        case .trying(let rest): return self.rest(min(rest * 2, Self.longestRest), at: moment)
        case .resting: return nil
        }
    }

    /// The host asked to be left alone. Answers for how long it rests from now on, nil if it rests already.
    mutating func wished(_ wish: Duration, _ number: Int, at moment: Instant) -> Duration? {
        guard number == generation, wish > .zero else { return nil }
        let wish = min(wish, Self.longestWish)
        enter(.resting(until: moment + wish, rest: Self.firstRest))
        return wish
    }

    /// A request ended without saying anything about the host (its client left).
    mutating func abandoned(_ number: Int, at moment: Instant) {
        guard number == generation, case .trying(let rest) = state else { return }
        enter(.resting(until: moment, rest: rest))
    }

    private mutating func rest(_ rest: Duration, at moment: Instant) -> Duration {
        enter(.resting(until: moment + rest, rest: rest))
        return rest
    }

    private mutating func enter(_ next: State) {
        state = next
        generation += 1
    }
}
