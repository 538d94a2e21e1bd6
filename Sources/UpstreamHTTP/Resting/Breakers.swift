import Logging
import PackagingStandards
import Synchronization

/// The circuit breakers of an upstream: one for each host that it leads to, so that a dead host of files does not keep
/// its pages away.
final class Breakers: Sendable {
    /// How many hosts are remembered at most; those that fail stay.
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

    /// Asks for a request to a host. Throws how long it rests.
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

    /// Thrown for a host that is left alone.
    struct Resting: Error {
        let origin: WebAddress.Origin
        let time: Duration
    }

    /// How a request ended, as far as the host's health is concerned.
    enum Verdict: Sendable {
        case answered
        case failed
        /// It wants to be left alone for a while.
        case wished(Duration)
        case abandoned
    }

    /// A request that was let through. Its first verdict counts; without one it was abandoned.
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

    /// Seconds, with their parts.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
