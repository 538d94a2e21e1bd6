import PackagingStandards
import Testing

@testable import CellarHTTP

@Suite("Guesses of passwords")
struct LoginGuessesTests {
    private let start = ContinuousClock.now

    private static func digest(_ text: String) -> SHA256Digest { SHA256Digest(hashing: Array(text.utf8)) }

    private static func attempt(
        _ password: String, user: String = "ada", network: String = "10.0.0.1"
    ) -> LoginGuesses.Attempt {
        LoginGuesses.Attempt(
            pair: digest("\(user)@\(network)"), network: digest(network), login: digest("\(user):\(password)"))
    }

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// Tries a wrong password, and returns what became of it.
    private func fail(
        _ guesses: inout LoginGuesses, _ attempt: LoginGuesses.Attempt, at seconds: Double
    ) -> LoginGuesses.Ruling {
        let ruling = guesses.begin(attempt, now: at(seconds))
        if case .made(let charge) = ruling { _ = guesses.failed(attempt, charge) }
        return ruling
    }

    /// Tries wrong passwords for one user until they are delayed.
    private func exhaust(_ guesses: inout LoginGuesses, user: String = "ada", network: String = "10.0.0.1") {
        for number in 0..<5 {
            #expect(
                fail(&guesses, Self.attempt("wrong \(number)", user: user, network: network), at: 0) == .made(.guess))
        }
    }

    @Test("some are free, then each waits twice as long as the one before, up to a quarter of an hour")
    func growing() {
        var guesses = LoginGuesses()
        exhaust(&guesses)
        var now = 0.0
        for delay in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] as [Double] {
            let attempt = Self.attempt("wrong after \(now)")
            #expect(guesses.begin(attempt, now: at(now)) == .delayed(.seconds(delay)))
            now += delay
            #expect(fail(&guesses, attempt, at: now) == .made(.guess))
        }
    }

    @Test("the first that makes others wait is reported once")
    func reported() {
        var guesses = LoginGuesses()
        let reports = (0..<5).map { number in
            let attempt = Self.attempt("wrong \(number)")
            guard case .made(let charge) = guesses.begin(attempt, now: start) else { return false }
            return guesses.failed(attempt, charge)
        }
        #expect(reports == [false, false, false, false, true])
    }

    @Test("of one user and network delay neither another user nor another network")
    func apart() {
        var guesses = LoginGuesses()
        exhaust(&guesses)
        #expect(guesses.begin(Self.attempt("x"), now: at(0.5)) == .delayed(.milliseconds(500)))
        #expect(guesses.begin(Self.attempt("x", user: "eve"), now: at(0.5)) == .made(.guess))
        #expect(guesses.begin(Self.attempt("x", network: "10.0.0.2"), now: at(0.5)) == .made(.guess))
    }

    @Test("count when they begin, so that many at once gain nothing")
    func atOnce() {
        var guesses = LoginGuesses()
        let rulings = (0..<20).map { guesses.begin(Self.attempt("wrong \($0)"), now: start) }
        #expect(rulings.prefix(5).allSatisfy { $0 == .made(.guess) })
        #expect(rulings.dropFirst(5).allSatisfy { $0 == .delayed(.seconds(1)) })
    }

    @Test("the right password among a few wrong ones ends the count, and is never delayed again")
    func right() {
        var guesses = LoginGuesses()
        for number in 0..<4 { _ = fail(&guesses, Self.attempt("wrong \(number)"), at: 0) }
        let right = Self.attempt("right")
        #expect(guesses.begin(right, now: start) == .made(.guess))
        guesses.succeeded(right, .guess)
        exhaust(&guesses)
        #expect(guesses.begin(Self.attempt("x"), now: start) == .delayed(.seconds(1)))
        #expect(guesses.begin(right, now: start) == .made(.nothing))
        guesses.succeeded(right, .nothing)
        #expect(guesses.begin(Self.attempt("x"), now: start) == .delayed(.seconds(1)))
    }

    @Test("a password that was right and is so no more counts as any other from then on")
    func changed() {
        var guesses = LoginGuesses()
        let former = Self.attempt("former")
        _ = guesses.begin(former, now: start)
        guesses.succeeded(former, .guess)
        exhaust(&guesses)
        #expect(fail(&guesses, former, at: 0) == .made(.nothing))
        #expect(guesses.begin(former, now: start) == .delayed(.seconds(1)))
    }

    @Test("the same wrong password again, as a forgotten client sends it for hours, is no new guess")
    func again() {
        var guesses = LoginGuesses()
        let stale = Self.attempt("stale")
        #expect(fail(&guesses, stale, at: 0) == .made(.guess))
        for second in 1..<500 {
            let ruling = fail(&guesses, stale, at: Double(second))
            #expect(ruling == .made(second.isMultiple(of: 5) ? .work : .nothing), "\(second)")
        }
        for number in 0..<4 { #expect(fail(&guesses, Self.attempt("new \(number)"), at: 500) == .made(.guess)) }
        #expect(fail(&guesses, stale, at: 500) == .made(.work))
        #expect(guesses.begin(Self.attempt("x"), now: at(500)) == .delayed(.seconds(1)))
    }

    @Test("are forgotten an hour after the last delay")
    func forgotten() {
        var guesses = LoginGuesses()
        exhaust(&guesses)
        #expect(fail(&guesses, Self.attempt("six"), at: 1) == .made(.guess))
        let later = 3 + 3600.0
        for number in 0..<5 {
            #expect(fail(&guesses, Self.attempt("later \(number)"), at: later) == .made(.guess))
        }
        #expect(guesses.begin(Self.attempt("x"), now: at(later)) == .delayed(.seconds(1)))
    }

    @Test(
        "for many users from one network are throttled by the work that they make, and those that were right cost none")
    func throttled() {
        var guesses = LoginGuesses()
        var rulings: [LoginGuesses.Ruling] = []
        for number in 0..<61 { rulings.append(fail(&guesses, Self.attempt("x", user: "user\(number)"), at: 0)) }
        #expect(rulings.prefix(60).allSatisfy { $0 == .made(.guess) })
        guard case .throttled(let delay)? = rulings.last else {
            Issue.record("\(rulings.suffix(2))")
            return
        }
        #expect(delay > .milliseconds(99) && delay < .milliseconds(101))
        #expect(fail(&guesses, Self.attempt("y", user: "other"), at: 0.2) == .made(.guess))
        #expect(fail(&guesses, Self.attempt("z", network: "10.0.0.2"), at: 0.2) == .made(.guess))

        var honest = LoginGuesses()
        for number in 0..<200 {
            let attempt = Self.attempt("right", user: "user\(number)")
            #expect(honest.begin(attempt, now: start) == .made(.guess))
            honest.succeeded(attempt, .guess)
        }
    }

    @Test("under way are limited in number, whoever makes them")
    func busy() {
        var guesses = LoginGuesses()
        let attempts = (0..<33).map { Self.attempt("x", network: "10.0.1.\($0)") }
        for attempt in attempts.prefix(32) { #expect(guesses.begin(attempt, now: start) == .made(.guess)) }
        #expect(guesses.begin(attempts[32], now: start) == .busy)
        guesses.abandoned(attempts[0], .guess)
        #expect(guesses.begin(attempts[32], now: start) == .made(.guess))
    }

    @Test("that nobody has judged do not count")
    func abandoned() {
        var guesses = LoginGuesses()
        for number in 0..<100 {
            let attempt = Self.attempt("x \(number)")
            #expect(guesses.begin(attempt, now: start) == .made(.guess))
            guesses.abandoned(attempt, .guess)
        }
        exhaust(&guesses)
    }

    @Test("take bounded memory, however many users and networks there are")
    func bounded() {
        var limits = LoginGuesses.Limits()
        limits.maxRemembered = 100
        limits.burst = .infinity
        var guesses = LoginGuesses(limits)
        for number in 0..<10_000 {
            _ = fail(&guesses, Self.attempt("x", user: "u\(number)", network: "n\(number % 500)"), at: Double(number))
        }
        #expect(guesses.pairCount == 100)
    }
}

@Suite("A table of limited size")
struct RecentTableTests {
    @Test("keeps what was set last")
    func recent() {
        var table = RecentTable<Int, String>(maxCount: 3)
        for number in 1...3 { table[number] = "\(number)" }
        table[1] = "one"
        table[4] = "4"
        #expect([1, 2, 3, 4].map { table[$0] } == ["one", nil, "3", "4"])
        table[3] = nil
        table[5] = "5"
        #expect([1, 3, 4, 5].map { table[$0] } == ["one", nil, "4", "5"])
    }

    @Test("holds its values through any number of settings of one key")
    func many() {
        var table = RecentTable<Int, Int>(maxCount: 10)
        table[0] = 0
        for turn in 0..<100_000 { table[1 + turn % 2] = turn }
        #expect(table.count == 3)
        #expect([0, 1, 2].map { table[$0] } == [0, 99_998, 99_999])
    }
}
