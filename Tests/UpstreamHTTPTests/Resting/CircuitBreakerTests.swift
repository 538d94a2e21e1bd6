import Testing

@testable import UpstreamHTTP

@Suite("A circuit breaker")
struct CircuitBreakerTests {
    private let start = ContinuousClock.now

    /// A breaker with as many failures as make it rest.
    private func resting() -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 0..<CircuitBreaker.patience {
            guard case .go(let number) = breaker.admit(at: start) else { continue }
            _ = breaker.failed(number, at: start)
        }
        return breaker
    }

    private func number(_ breaker: inout CircuitBreaker, at moment: ContinuousClock.Instant) throws -> Int {
        guard case .go(let number) = breaker.admit(at: moment) else { throw Refused() }
        return number
    }

    private struct Refused: Error {}

    @Test("lets requests through while they succeed now and then")
    func working() throws {
        var breaker = CircuitBreaker()
        for round in 0..<50 {
            let number = try number(&breaker, at: start)
            if round % 5 == 4 { breaker.succeeded(number) } else { #expect(breaker.failed(number, at: start) == nil) }
        }
        #expect(breaker.isWorking)
    }

    @Test("rests after five failures in a row")
    func rests() throws {
        var breaker = CircuitBreaker()
        for round in 1...5 {
            let number = try number(&breaker, at: start)
            #expect(breaker.failed(number, at: start) == (round == 5 ? .seconds(10) : nil))
        }
        #expect(breaker.admit(at: start + .seconds(3)) == .rest(.seconds(7)))
    }

    @Test("then lets one request through, and another only when that is over")
    func probe() throws {
        var breaker = resting()
        let back = start + .seconds(10)
        let number = try number(&breaker, at: back)
        #expect(breaker.admit(at: back) == .rest(.seconds(1)))
        breaker.succeeded(number)
        #expect(breaker.isWorking)
        _ = try self.number(&breaker, at: back)
        _ = try self.number(&breaker, at: back)
    }

    @Test("rests twice as long each time that it fails again, two minutes at most")
    func doubles() throws {
        var breaker = resting()
        var moment = start + .seconds(10)
        for rest in [20, 40, 80, 120, 120] {
            let number = try number(&breaker, at: moment)
            #expect(breaker.failed(number, at: moment) == .seconds(rest))
            #expect(breaker.admit(at: moment + .seconds(rest) - .milliseconds(1)) == .rest(.milliseconds(1)))
            moment += .seconds(rest)
        }
    }

    @Test("begins again after a success")
    func anew() throws {
        var breaker = resting()
        var moment = start + .seconds(10)
        _ = breaker.failed(try number(&breaker, at: moment), at: moment)
        moment += .seconds(20)
        breaker.succeeded(try number(&breaker, at: moment))
        for round in 1...5 {
            #expect(breaker.failed(try number(&breaker, at: moment), at: moment) == (round == 5 ? .seconds(10) : nil))
        }
    }

    @Test("takes no word of requests that began before")
    func late() throws {
        var breaker = CircuitBreaker()
        let slow = try number(&breaker, at: start)
        for _ in 0..<5 { _ = breaker.failed(try number(&breaker, at: start), at: start) }
        let moment = start + .seconds(10)
        let probe = try number(&breaker, at: moment)
        breaker.succeeded(slow)
        #expect(!breaker.isWorking)
        #expect(breaker.failed(slow, at: moment) == nil)
        breaker.succeeded(probe)
        #expect(breaker.isWorking)
    }

    @Test("lets the next one try if the one that tried left")
    func abandoned() throws {
        var breaker = resting()
        let moment = start + .seconds(10)
        breaker.abandoned(try number(&breaker, at: moment), at: moment)
        breaker.succeeded(try number(&breaker, at: moment))
        #expect(breaker.isWorking)
    }

    @Test("rests as long as it is asked to, a quarter of an hour at most")
    func wishes() throws {
        for (wish, rest) in [(60, 60), (100_000, 900)] {
            var breaker = CircuitBreaker()
            let number = try number(&breaker, at: start)
            #expect(breaker.wished(.seconds(wish), number, at: start) == .seconds(rest))
            #expect(breaker.wished(.seconds(wish), number, at: start) == nil)
            #expect(breaker.admit(at: start) == .rest(.seconds(rest)))
            _ = try self.number(&breaker, at: start + .seconds(rest))
        }
    }
}
