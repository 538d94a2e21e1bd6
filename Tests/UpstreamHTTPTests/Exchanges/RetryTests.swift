import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import UpstreamHTTP

@Suite("Trying again")
struct RetryTests {
    /// Answers one request after the other from a list; the last one stays.
    private final class Script: Sendable {
        private let answers: Mutex<[[TestServer.Step]]>

        init(_ answers: [TestServer.Step]...) {
            self.answers = Mutex(answers)
        }

        func next() -> [TestServer.Step] {
            answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        }
    }

    private static let page = [TestServer.Step].html(
        "<a data-upload-time='2026-01-01T00:00:00Z' href='alpha-1.0.tar.gz'>alpha-1.0.tar.gz</a>")

    @Test(
        "helps against what passes",
        arguments: [
            [TestServer.Step].answer(502), .answer(503), .answer(504), .answer(429), [.reset], [.close],
            .answer(503, [("Retry-After", "2")]), .answer(429, [("Retry-After", "5")]),
        ])
    func passing(_ failure: [TestServer.Step]) async throws {
        let script = Script(failure, failure, Self.page)
        try await Testbed.serve(surroundings: TestClock().surroundings, settings: { $0.retries = 2 }) { _ in
            script.next()
        } _: { upstream, server in
            let page = try await Testbed.page(upstream)
            #expect(page.files.count == 1)
            #expect(server.requests.count == 3)
        }
    }

    @Test("ends after as many times as the settings say, with the last failure")
    func ends() async throws {
        let clock = TestClock()
        try await Testbed.serve(surroundings: clock.surroundings, settings: { $0.retries = 3 }) { _ in
            .answer(503)
        } _: { upstream, server in
            await Testbed.expect(.failed) { _ = try await Testbed.page(upstream) }
            #expect(server.requests.count == 4)
            #expect(clock.slept.count == 3)
            #expect(zip(clock.slept, clock.slept.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test(
        "is left out if it cannot help",
        arguments: [
            [TestServer.Step].answer(500), .answer(404), .answer(401), .answer(400), .html("<a href='a'"),
            .answer(200, [], ByteBuffer(string: "no page")),
        ])
    func final(_ answer: [TestServer.Step]) async throws {
        try await Testbed.serve(surroundings: TestClock().surroundings, settings: { $0.retries = 3 }) { _ in
            answer
        } _: { upstream, server in
            _ = try? await upstream.page(of: Testbed.name("alpha"), known: nil)
            #expect(server.requests.count == 1)
        }
    }

    @Test("waits as long as the upstream wishes, if that is short")
    func shortWish() async throws {
        let clock = TestClock()
        let script = Script(.answer(429, [("Retry-After", "3")]), Self.page)
        try await Testbed.serve(surroundings: clock.surroundings, settings: { $0.retries = 1 }) { _ in
            script.next()
        } _: { upstream, _ in
            _ = try await Testbed.page(upstream)
            #expect(clock.slept == [.seconds(3)])
        }
    }

    @Test("leaves an upstream alone that wishes for longer, and asks it again then", arguments: [429, 503])
    func longWish(_ status: Int) async throws {
        let clock = TestClock()
        let script = Script(.answer(status, [("Retry-After", "90")]), Self.page)
        try await Testbed.serve(surroundings: clock.surroundings, settings: { $0.retries = 2 }) { _ in
            script.next()
        } _: { upstream, server in
            let busy = await Testbed.expect(.busy) { _ = try await Testbed.page(upstream) }
            #expect(busy?.retryAfter == 90)
            clock.advance(.seconds(40))
            let resting = await Testbed.expect(.resting) { _ = try await Testbed.page(upstream) }
            #expect(resting?.retryAfter == 50)
            #expect(server.requests.count == 1)
            #expect(clock.slept.isEmpty)
            clock.advance(.seconds(50))
            _ = try await Testbed.page(upstream)
        }
    }

    @Test("after five failures the upstream rests, and one request tries whether it is back")
    func rest() async throws {
        let clock = TestClock()
        let isBack = Mutex(false)
        try await Testbed.serve(surroundings: clock.surroundings) { _ in
            isBack.withLock { $0 } ? Self.page : .answer(500)
        } _: { upstream, server in
            for _ in 0..<5 { await Testbed.expect(.failed) { _ = try await Testbed.page(upstream) } }
            let resting = await Testbed.expect(.resting) { _ = try await Testbed.page(upstream) }
            #expect(resting?.retryAfter == 10)
            await Testbed.expect(.resting) { _ = try await upstream.open(server.url + "/f", range: nil) }
            #expect(server.requests.count == 5)
            clock.advance(.seconds(10))
            await Testbed.expect(.failed) { _ = try await Testbed.page(upstream) }
            clock.advance(.seconds(19))
            await Testbed.expect(.resting) { _ = try await Testbed.page(upstream) }
            isBack.withLock { $0 = true }
            clock.advance(.seconds(1))
            _ = try await Testbed.page(upstream)
            _ = try await Testbed.page(upstream)
            #expect(server.requests.count == 8)
        }
    }

    @Test("what a page lacks does not make an upstream rest")
    func noRest() async throws {
        for answer in [[TestServer.Step].answer(404), .answer(401), .html("<a href="), .redirect(to: "/simple/alpha/")]
        {
            try await Testbed.serve(surroundings: TestClock().surroundings) { _ in
                answer
            } _: { upstream, server in
                for _ in 0..<7 { _ = try? await upstream.page(of: Testbed.name("alpha"), known: nil) }
                #expect(server.requests.count == 7)
            }
        }
    }

    @Test("more requests than may be under way are busy at once, are never sent, and say nothing of the upstream")
    func ownBound() async throws {
        var surroundings = TestClock().surroundings
        surroundings.maxConnections = 1
        try await Testbed.serve(surroundings: surroundings, settings: { $0.retries = 2 }) { request in
            request.path == "/f" ? [.text("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), .hang] : Self.page
        } _: { upstream, server in
            do {
                let held = try await upstream.open(server.url + "/f", range: nil)
                for _ in 0...CircuitBreaker.patience {
                    let busy = await Testbed.expect(.busy) { _ = try await Testbed.page(upstream) }
                    #expect(busy?.retryAfter == 1)
                    await Testbed.expect(.busy) { _ = try await upstream.open(server.url + "/g", range: nil) }
                }
                #expect(server.requests.map(\.target) == ["/f"])
                withExtendedLifetime(held) {}
            }
            // The lease of a dropped body ends a moment later.
            var page: SimpleProjectPage?
            while page == nil {
                do {
                    page = try await Testbed.page(upstream)
                } catch let error as UpstreamError where error.reason == .busy {
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            #expect(page?.files.count == 1)
        }
    }

    @Test("a dead host of files does not keep pages away")
    func hosts() async throws {
        let clock = TestClock()
        try await TestServer.run({ _ in .answer(500) }) { files in
            try await Testbed.serve(surroundings: clock.surroundings) { _ in
                Self.page
            } _: { upstream, _ in
                for _ in 0..<5 {
                    await Testbed.expect(.failed) { _ = try await upstream.open(files.url + "/f", range: nil) }
                }
                await Testbed.expect(.resting) { _ = try await upstream.open(files.url + "/f", range: nil) }
                _ = try await Testbed.page(upstream)
            }
        }
    }
}
