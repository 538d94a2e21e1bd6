import PackagingStandards

/// Decides which attempts to log in are made, and which must wait, from what was tried before: a value without a clock
/// or memory of passwords.
///
/// Wrong passwords count for a user and a network together: a user alone would let strangers lock people out, a network
/// alone would let one colleague lock out the others. An attempt counts when it begins, so that a thousand at once gain
/// nothing, and no longer if it turns out to be right. A password that was right lately, and one that is tried again, are
/// no guesses.
struct LoginGuesses: Sendable {
    /// The numbers that rule the delays and the memory.
    struct Limits: Sendable {
        /// How many different passwords may be tried without delay.
        var free = 5
        /// The delay after that, which each further guess doubles.
        var firstDelay = Duration.seconds(1)
        var longestDelay = Duration.seconds(900)
        /// How long after the end of the last delay guesses are forgotten.
        var memory = Duration.seconds(3600)
        /// How long a password that was wrong is known to be wrong without being verified again.
        var wrongFor = Duration.seconds(5)
        /// How many passwords of one network may be verified at once, and then each second: they cost time even if each
        /// is for another user.
        var burst = 60.0
        var perSecond = 10.0
        /// How many passwords that may be guesses are verified or wait for it at once, of all networks.
        var maxUnderWay = 32
        /// The most pairs of a user and a network, networks, and passwords that were right, that are remembered.
        var maxRemembered = 20_000
    }

    /// Someone's attempt to log in, in digests that give nothing away.
    struct Attempt: Sendable {
        /// The user and the network.
        let pair: SHA256Digest
        let network: SHA256Digest
        /// The user and the password.
        let login: SHA256Digest
    }

    /// What becomes of an attempt.
    enum Ruling: Sendable, Equatable {
        /// It is made; tell the outcome.
        case made(Charge)
        /// The next guess of this user from this network may be made after this time.
        case delayed(Duration)
        /// The network has tried too many logins; the next may be made after this time.
        case throttled(Duration)
        /// Too many attempts are under way.
        case busy
    }

    /// What an attempt that is made costs.
    enum Charge: Sendable, Equatable {
        /// Nothing: the login is known to be right or wrong, or was right lately.
        case nothing
        /// A verification, of a password that was tried before.
        case work
        /// A verification and a guess.
        case guess
    }

    private struct Pair {
        var guesses: [(login: SHA256Digest, at: ContinuousClock.Instant)] = []
        var count = 0
        var notBefore: ContinuousClock.Instant
    }

    private struct Network {
        var allowance: Double
        var at: ContinuousClock.Instant
    }

    /// How many of the last passwords of a pair are known again.
    private static let knownGuesses = 8

    private let limits: Limits
    private var pairs: RecentTable<SHA256Digest, Pair>
    private var networks: RecentTable<SHA256Digest, Network>
    private var right: RecentTable<SHA256Digest, Bool>
    private var underWay = 0

    init(_ limits: Limits = Limits()) {
        self.limits = limits
        pairs = RecentTable(maxCount: limits.maxRemembered)
        networks = RecentTable(maxCount: limits.maxRemembered)
        right = RecentTable(maxCount: limits.maxRemembered)
    }

    /// How many pairs are remembered, those that are forgotten soon included.
    var pairCount: Int { pairs.count }

    /// Begins an attempt, or refuses it. One that is made ends with `succeeded`, `failed` or `abandoned`.
    mutating func begin(_ attempt: Attempt, now: ContinuousClock.Instant) -> Ruling {
        guard right[attempt.login] == nil else { return .made(.nothing) }
        var pair = pairs[attempt.pair] ?? Pair(notBefore: now)
        if pair.notBefore + limits.memory <= now { pair = Pair(notBefore: now) }
        let known = pair.guesses.firstIndex { $0.login == attempt.login }
        if let known, pair.guesses[known].at + limits.wrongFor > now { return .made(.nothing) }
        if known == nil, pair.notBefore > now { return .delayed(pair.notBefore - now) }
        var network = networks[attempt.network] ?? Network(allowance: limits.burst, at: now)
        network.allowance = min(limits.burst, network.allowance + (now - network.at).seconds * limits.perSecond)
        network.at = now
        guard network.allowance >= 1 else {
            return .throttled(.seconds((1 - network.allowance) / limits.perSecond))
        }
        guard underWay < limits.maxUnderWay else { return .busy }
        underWay += 1
        network.allowance -= 1
        networks[attempt.network] = network
        if let known {
            pair.guesses[known].at = now
        } else {
            pair.count += 1
            pair.guesses = pair.guesses.suffix(Self.knownGuesses - 1) + [(attempt.login, now)]
            pair.notBefore = now + limits.delay(after: pair.count)
        }
        pairs[attempt.pair] = pair
        return .made(known == nil ? .guess : .work)
    }

    /// Ends an attempt whose password was right.
    mutating func succeeded(_ attempt: Attempt, _ charge: Charge) {
        guard charge != .nothing else { return }
        underWay -= 1
        networks[attempt.network]?.allowance += 1
        pairs[attempt.pair] = nil
        right[attempt.login] = true
    }

    /// Ends an attempt whose password, or whose user, was wrong. Returns whether the next guess must wait from now on,
    /// and the one before had not to.
    mutating func failed(_ attempt: Attempt, _ charge: Charge) -> Bool {
        // Perhaps a password that was right until it was changed.
        right[attempt.login] = nil
        guard charge != .nothing else { return false }
        underWay -= 1
        return charge == .guess && pairs[attempt.pair]?.count == limits.free
    }

    /// Ends an attempt of which nobody knows whether it was right.
    mutating func abandoned(_ attempt: Attempt, _ charge: Charge) {
        guard charge != .nothing else { return }
        underWay -= 1
        networks[attempt.network]?.allowance += 1
        guard charge == .guess, var pair = pairs[attempt.pair] else { return }
        pair.count -= 1
        if let last = pair.guesses.last, last.login == attempt.login { pair.notBefore = last.at }
        pair.guesses.removeAll { $0.login == attempt.login }
        pairs[attempt.pair] = pair
    }
}

extension LoginGuesses.Limits {
    /// Returns how long the next guess must wait after so many.
    func delay(after count: Int) -> Duration {
        guard count >= free else { return .zero }
        let doublings = min(count - free, 20)
        return min(firstDelay * (1 << doublings), longestDelay)
    }
}

extension Duration {
    /// The seconds as a number with a fraction.
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
