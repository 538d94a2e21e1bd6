import Logging
import PackagingStandards
import Registry
import Synchronization

/// Decides whether a failing host is asked or left alone: a value that takes events and answers, without I/O.
///
/// After `patience` failures in a row the host rests, ten seconds at first. Then one request is let through as a trial;
/// if that fails too, the rest doubles, up to two minutes.
struct CircuitBreaker: Sendable, Hashable {
    typealias Instant = ContinuousClock.Instant

    /// Failures in a row after which the host rests.
    static let patience = 5
    static let firstRest = Duration.seconds(10)
    static let longestRest = Duration.seconds(120)
    /// The longest time for which a host is left alone because it asks for that.
    static let longestWish = Duration.seconds(900)

    /// Whether a request may go.
    enum Admission: Hashable, Sendable {
        /// It may; its end is reported with this number.
        case go(Int)
        /// It may not, for this time.
        case rest(Duration)
    }

    private enum State: Hashable {
        case working(failures: Int)
        case resting(until: Instant, rest: Duration)
        case trying(rest: Duration)
    }

    private var state = State.working(failures: 0)
    /// The number of the state: requests that began in an earlier one say nothing about this one.
    private var generation = 0

    /// Whether requests go through as they come.
    var isWorking: Bool {
        if case .working = state { return true }
        return false
    }

    /// Returns for how long the host is still left alone; nil if requests go through.
    func rest(at moment: Instant) -> Duration? {
        switch state {
        case .working, .trying: return nil
        case .resting(let until, _):
            let left = moment.duration(to: until)
            return left > .zero ? left : nil
        }
    }

    /// Whether nothing is remembered of the host.
    var isFresh: Bool { state == .working(failures: 0) }

    /// Returns whether a request may go.
    mutating func admit(at moment: Instant) -> Admission {
        switch state {
        case .working: return .go(generation)
        case .resting(let until, let rest):
            guard moment >= until else { return .rest(moment.duration(to: until)) }
            enter(.trying(rest: rest))
            return .go(generation)
        // The trial ends soon.
        case .trying: return .rest(.seconds(1))
        }
    }

    /// Notes that a request was answered.
    mutating func succeeded(_ number: Int) {
        guard number == generation else { return }
        switch state {
        case .working: state = .working(failures: 0)
        case .trying: enter(.working(failures: 0))
        case .resting: break
        }
    }

    /// Notes that a request failed; returns how long the host rests from now on, or nil if it does not begin to.
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

    /// Notes that the host asks to be left alone; returns how long it rests from now on, or nil if it rests already.
    mutating func wished(_ wish: Duration, _ number: Int, at moment: Instant) -> Duration? {
        guard number == generation, wish > .zero else { return nil }
        let wish = min(wish, Self.longestWish)
        enter(.resting(until: moment + wish, rest: Self.firstRest))
        return wish
    }

    /// Notes that a request ended without saying anything about the host, such as when its client leaves.
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

/// The circuit breakers of an upstream: one for each host to which it leads, so that pages are still asked for if the host
/// of files fails.
final class Breakers: Sendable {
    /// How many hosts are remembered, besides those that fail.
    private static let capacity = 256

    private let upstream: String
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let breakers = Mutex<[WebAddress.Origin: CircuitBreaker]>([:])

    init(upstream: String, now: @escaping @Sendable () -> ContinuousClock.Instant, logger: Logger) {
        self.upstream = upstream
        self.now = now
        self.logger = logger
    }

    /// Lets a request to a host through; throws `Resting` if it rests.
    func admit(_ origin: WebAddress.Origin) throws(Resting) -> Ticket {
        let moment = now()
        let admission = breakers.withLock { breakers in
            if breakers.count >= Self.capacity { breakers = breakers.filter { !$0.value.isFresh } }
            return breakers[origin, default: CircuitBreaker()].admit(at: moment)
        }
        switch admission {
        case .go(let number): return Ticket(origin: origin, number: number, breakers: self)
        case .rest(let time): throw Resting(origin: origin, time: time)
        }
    }

    /// The hosts that rest now.
    var rests: [UpstreamRest] {
        let moment = now()
        return breakers.withLock { breakers in
            breakers.compactMap { origin, breaker in
                breaker.rest(at: moment).map { UpstreamRest(host: "\(origin)", seconds: $0.wholeSeconds) }
            }
        }.sorted { $0.host < $1.host }
    }

    /// Thrown for a host that rests, for this time.
    struct Resting: Error {
        let origin: WebAddress.Origin
        let time: Duration
    }

    /// What the end of a request says about the host.
    enum Verdict: Sendable {
        case answered
        case failed
        /// It asks to be left alone for this time.
        case wished(Duration)
        case abandoned
    }

    /// A request that was let through. Its first verdict counts; without one it counts as abandoned.
    final class Ticket: Sendable {
        private let origin: WebAddress.Origin
        private let number: Int
        private let breakers: Breakers
        private let isSettled = Atomic(false)

        fileprivate init(origin: WebAddress.Origin, number: Int, breakers: Breakers) {
            self.origin = origin
            self.number = number
            self.breakers = breakers
        }

        deinit { settle(.abandoned) }

        func settle(_ verdict: Verdict) {
            guard !isSettled.exchange(true, ordering: .relaxed) else { return }
            breakers.settle(origin, number, verdict)
        }
    }

    private func settle(_ origin: WebAddress.Origin, _ number: Int, _ verdict: Verdict) {
        let moment = now()
        let (rest, isBack): (Duration?, Bool) = breakers.withLock { breakers in
            guard var breaker = breakers[origin] else { return (nil, false) }
            let wasWorking = breaker.isWorking
            var rest: Duration?
            switch verdict {
            case .answered: breaker.succeeded(number)
            case .failed: rest = breaker.failed(number, at: moment)
            case .wished(let wish): rest = breaker.wished(wish, number, at: moment)
            case .abandoned: breaker.abandoned(number, at: moment)
            }
            breakers[origin] = breaker
            return (rest, !wasWorking && breaker.isWorking)
        }
        if let rest {
            logger.warning(
                "\(upstream): \(origin) is left alone for \(rest.wholeSeconds) s", metadata: ["event": "upstream-rests"]
            )
        } else if isBack {
            logger.info("\(upstream): \(origin) answers again", metadata: ["event": "upstream-back"])
        }
    }
}

extension Duration {
    /// Seconds, rounded up.
    var wholeSeconds: Int64 {
        components.seconds + (components.attoseconds > 0 ? 1 : 0)
    }

    /// Seconds, with fractions.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
