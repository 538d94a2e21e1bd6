/// Which keys of an issuer are relied on, and when they are fetched: no more than a function of what happened when.
///
/// Keys are fetched again when they are older than `freshFor`, and for a name that is not among them, since issuers
/// rotate their keys; in both cases not more often than every `pause`, so that nobody makes this server ask without end.
/// While the issuer does not answer, its keys are relied on for `keptFor`, and then no longer: it may have given one up.
struct KeyMemory {
    static let freshFor = Duration.seconds(600)
    static let keptFor = Duration.seconds(3600)
    static let pause = Duration.seconds(10)

    typealias Instant = ContinuousClock.Instant

    /// What to do about a name of a key.
    enum Step {
        case use(VerificationKey)
        /// Fetch the keys, say how it went, and look again.
        case fetch
        /// The issuer publishes no such key.
        case unknown
        /// The keys cannot be fetched, and there are none that are good still.
        case unavailable
    }

    private var keys = KeySet()
    /// When the keys were fetched; nil if they never were.
    private var fetchedAt: Instant?
    /// When they were asked for the last time.
    private var askedAt: Instant?

    /// Returns what to do about a key.
    func step(for name: String, at now: Instant) -> Step {
        let mayAsk = askedAt.map { $0.duration(to: now) >= Self.pause } ?? true
        guard let fetchedAt, fetchedAt.duration(to: now) < Self.keptFor else { return mayAsk ? .fetch : .unavailable }
        let isFresh = fetchedAt.duration(to: now) < Self.freshFor
        guard let key = keys[name] else { return mayAsk ? .fetch : .unknown }
        return isFresh || !mayAsk ? .use(key) : .fetch
    }

    /// Notes the keys that were fetched.
    mutating func fetched(_ keys: KeySet, at now: Instant) {
        self.keys = keys
        fetchedAt = now
        askedAt = now
    }

    /// Notes that the keys could not be fetched.
    mutating func failed(at now: Instant) {
        askedAt = now
    }
}
