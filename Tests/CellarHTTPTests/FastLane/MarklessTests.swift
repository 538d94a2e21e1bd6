import HummingbirdTesting
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import Synchronization
import Testing

@testable import CellarHTTP

/// A database like PostgreSQL shows only by a read what other processes have committed.
@Suite("Without a commit mark")
struct MarklessTests {
    /// Counts reads of the changes, and holds them back.
    private final class Reads: Sendable {
        private struct State {
            var begun = 0
            var closed: ChangesMoment?
            var fails = false
            var waiting: [CheckedContinuation<Void, Never>] = []
            var noise: SplitMix?
            var longest = 0
        }

        private let state = Mutex(State())

        var begun: Int { state.withLock { $0.begun } }

        func observe(_ moment: ChangesMoment) async throws {
            let delay = state.withLock { state -> Int in
                if moment == .before { state.begun += 1 }
                guard var noise = state.noise else { return 0 }
                defer { state.noise = noise }
                return Int.random(in: 0...state.longest, using: &noise)
            }
            if delay > 0 { try await Task.sleep(for: .milliseconds(delay)) }
            await withCheckedContinuation { continuation in
                let passes = state.withLock { state in
                    if state.closed == moment { state.waiting.append(continuation) }
                    return state.closed != moment
                }
                if passes { continuation.resume() }
            }
            if moment == .before, state.withLock({ $0.fails }) {
                throw RegistryError(.unavailable, "The database is away.")
            }
        }

        /// Holds back reads at that moment.
        func close(_ moment: ChangesMoment = .before) { state.withLock { $0.closed = moment } }

        func fail(_ fails: Bool) { state.withLock { $0.fails = fails } }

        /// Waits up to so many milliseconds before and after each read, as the seed says.
        func delay(seed: UInt64, upTo longest: Int) {
            state.withLock {
                $0.noise = SplitMix(state: seed)
                $0.longest = longest
            }
        }

        func open() {
            let waiting = state.withLock { state in
                state.closed = nil
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        /// Lets the reads go that are held back, and holds back later ones.
        func letGo() {
            let waiting = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        func waitUntilHeld() async throws {
            while state.withLock({ $0.waiting.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    private static func run(_ test: (HTTPFixture, Reads) async throws -> Void) async throws {
        let reads = Reads()
        try await HTTPFixture.run(changes: { try await reads.observe($0) }) { try await test($0, reads) }
    }

    private static func fastCount(_ fixture: HTTPFixture) -> Int { fixture.service.metrics.snapshot.fastLaneRequests }

    @Test("256 requests at once share few reads, and the fast lane answers them", .timeLimit(.minutes(1)))
    func sharing() async throws {
        try await Self.run { fixture, reads in
            let page = try await fixture.publishWheel("alpha").page
            try await fixture.serve { port in
                // Once into memory.
                try await RawConnection.open(port) { connection in
                    try await connection.request("GET", page)
                    _ = try await connection.answer()
                }
                reads.close()
                let first = Task { try await fixture.registry.freshness.ensureCurrent() }
                try await reads.waitUntilHeld()
                let (begun, fast) = (reads.begun, Self.fastCount(fixture))
                let (sent, noteSent) = AsyncStream.makeStream(of: Void.self)
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for _ in 0..<256 {
                        tasks.addTask {
                            try await RawConnection.open(port) { connection in
                                try await connection.request("GET", page)
                                noteSent.yield()
                                #expect(try await connection.answer().status == 200)
                            }
                        }
                    }
                    for await _ in sent.prefix(256) {}
                    #expect(reads.begun == begun, "they wait for the next read, since this one began before they came")
                    reads.open()
                    try await tasks.waitForAll()
                }
                try await first.value
                #expect(Self.fastCount(fixture) == fast + 256)
                // Those that the system hands on late, on a busy machine, come after the first of them.
                #expect(reads.begun - begun <= 32, "\(reads.begun - begun) reads")
            }
        }
    }

    @Test("answers keep the order of their requests, however they come in", .timeLimit(.minutes(1)))
    func order() async throws {
        try await Self.run { fixture, reads in
            let alpha = try await fixture.publishWheel("alpha")
            let beta = try await fixture.publishWheel("beta")
            try await fixture.serve { port in
                try await RawConnection.open(port) { connection in
                    for path in [alpha.page, beta.page, alpha.address] {
                        try await connection.request("GET", path)
                        _ = try await connection.answer()
                    }
                    let text = { (path: String) in "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }
                    reads.close()
                    let fast = Self.fastCount(fixture)
                    try await connection.send(text(alpha.page) + text(alpha.address) + text(beta.page))
                    try await reads.waitUntilHeld()
                    // Comes while the others wait, in two parts, and with one in between that only the router answers.
                    try await connection.send(text(alpha.address) + String(text("/health/live").prefix(9)))
                    try await connection.send(String(text("/health/live").dropFirst(9)) + text(beta.page))
                    reads.open()
                    let lengths = [
                        try await connection.answer(), try await connection.answer(), try await connection.answer(),
                        try await connection.answer(), try await connection.answer(), try await connection.answer(),
                    ]
                    #expect(lengths.map(\.status) == [200, 200, 200, 200, 200, 200])
                    #expect(lengths[1].body == ByteBuffer(bytes: alpha.bytes))
                    #expect(lengths[3].body == ByteBuffer(bytes: alpha.bytes))
                    #expect(lengths[2].body == lengths[5].body && lengths[0].body != lengths[2].body)
                    #expect(Self.fastCount(fixture) >= fast + 4)
                }
            }
        }
    }

    @Test("a request never relies on a read that began before it came", .timeLimit(.minutes(1)))
    func notEarlier() async throws {
        try await Self.run { fixture, reads in
            let alpha = try await fixture.publishWheel("alpha")
            let other = try await Self.other(fixture)
            try await fixture.serve { port in
                try await RawConnection.open(port) { connection in
                    try await connection.request("GET", alpha.page)
                    let before = try await connection.answer()
                    reads.close(.after)
                    let text = "GET \(alpha.page) HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    try await connection.send(text)
                    try await reads.waitUntilHeld()
                    // What the first request waits for is read. What is answered now, the second must see.
                    try await Self.yank(alpha, other, true)
                    try await connection.send(text)
                    try await RawConnection.open(port) { another in
                        try await another.send(text)
                        // So that it has come before the read ends.
                        try await Task.sleep(for: .milliseconds(100))
                        reads.letGo()
                        #expect(try await connection.answer().body == before.body)
                        reads.open()
                        #expect(try await another.answer().body != before.body)
                    }
                    #expect(try await connection.answer().body != before.body)
                }
            }
            await other.close()
        }
    }

    @Test("a failed read is the router's error, and the next request is answered", .timeLimit(.minutes(1)))
    func failure() async throws {
        try await Self.run { fixture, reads in
            let page = try await fixture.publishWheel("alpha").page
            try await fixture.serve { port in
                try await RawConnection.open(port) { connection in
                    try await connection.request("GET", page)
                    #expect(try await connection.answer().status == 200)
                    reads.fail(true)
                    try await connection.request("GET", page)
                    #expect(try await connection.answer().status == 503)
                    reads.fail(false)
                    try await connection.request("GET", page)
                    #expect(try await connection.answer().status == 200)
                }
            }
        }
    }

    @Test("a client that leaves hurts no other, and one that has sent all has its answer", .timeLimit(.minutes(1)))
    func leaving() async throws {
        try await Self.run { fixture, reads in
            let page = try await fixture.publishWheel("alpha").page
            try await fixture.serve { port in
                try await RawConnection.open(port) { stays in
                    try await stays.request("GET", page)
                    _ = try await stays.answer()
                    reads.close()
                    try await stays.request("GET", page)
                    try await reads.waitUntilHeld()
                    try await RawConnection.open(port) { try await $0.request("GET", page) }
                    try await RawConnection.open(port) { finished in
                        try await finished.request("GET", page)
                        try await finished.finish()
                        try await Task.sleep(for: .milliseconds(50))
                        reads.open()
                        #expect(try await finished.answer().status == 200)
                    }
                    #expect(try await stays.answer().status == 200)
                    try await stays.request("GET", page)
                    #expect(try await stays.answer().status == 200)
                }
            }
        }
    }

    @Test("a server that stops answers what waits", .timeLimit(.minutes(1)))
    func stopping() async throws {
        try await Self.run { fixture, reads in
            let page = try await fixture.publishWheel("alpha").page
            let (answers, answered) = AsyncStream.makeStream(of: Int.self)
            try await fixture.serve { port in
                try await RawConnection.open(port) { connection in
                    try await connection.request("GET", page)
                    _ = try await connection.answer()
                }
                reads.close()
                Task {
                    try await RawConnection.open(port) { connection in
                        try await connection.request("GET", page)
                        answered.yield((try? await connection.answer().status) ?? 0)
                    }
                }
                try await reads.waitUntilHeld()
                // The shutdown begins when this returns.
                Task {
                    try await Task.sleep(for: .milliseconds(100))
                    reads.open()
                }
            }
            for await status in answers.prefix(1) { #expect(status == 200) }
        }
    }

    @Test("the lane lets too much that waits go to the router", .timeLimit(.minutes(1)))
    func tooMuch() async throws {
        try await Self.run { fixture, reads in
            let page = try await fixture.publishWheel("alpha").page
            try await fixture.serve { port in
                try await RawConnection.open(port) { connection in
                    try await connection.request("GET", page)
                    _ = try await connection.answer()
                    reads.close()
                    try await connection.request("GET", page)
                    try await reads.waitUntilHeld()
                    let padding = String(repeating: "x", count: 4000)
                    for _ in 0..<30 { try await connection.request("GET", page, ["X-Padding: \(padding)"]) }
                    reads.open()
                    for _ in 0..<31 { #expect(try await connection.answer().status == 200) }
                }
            }
        }
    }

    @Test(
        "after an answered change by another process, every later request sees it", .timeLimit(.minutes(2)),
        arguments: [1, 2, 3] as [UInt64])
    func changes(seed: UInt64) async throws {
        try await Self.run { fixture, reads in
            let wheel = try await fixture.publishWheel("alpha")
            let other = try await Self.other(fixture)
            reads.delay(seed: seed, upTo: 60)
            try await fixture.serve { port in
                let stop = Atomic(false)
                let load = Task {
                    // Others keep reads under way all the time.
                    try await RawConnection.open(port) { connection in
                        while !stop.load(ordering: .relaxed) {
                            try await connection.request("GET", wheel.page)
                            _ = try await connection.answer()
                        }
                    }
                }
                var noise = SplitMix(state: seed)
                for turn in 0..<12 {
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...40, using: &noise)))
                    try await Self.yank(wheel, other, turn % 2 == 0)
                    try await RawConnection.open(port) { connection in
                        try await connection.request(
                            "GET", wheel.page, ["Accept: application/vnd.pypi.simple.v1+json"])
                        let text = String(buffer: try await connection.answer().body)
                        let isYanked = !text.contains("\"yanked\":false") && text.contains("\"yanked\"")
                        #expect(isYanked == (turn % 2 == 0), "turn \(turn), seed \(seed): \(text)")
                    }
                }
                stop.store(true, ordering: .relaxed)
                try await load.value
            }
            await other.close()
        }
    }

    private static func yank(_ wheel: PublishedWheel, _ database: SQLDatabase, _ yanked: Bool) async throws {
        let name = try #require(NormalizedName(wheel.name))
        let target = FileTarget(index: wheel.index, project: name, selection: .file(wheel.filename))
        let found = try await database.setYanked(
            yanked ? .yes(reason: nil) : .no, target, by: ChangeAuthor(name: "other", userID: nil, at: .now()))
        #expect(found == [wheel.filename])
    }

    /// Another process's opening of the same database.
    private static func other(_ fixture: HTTPFixture) async throws -> SQLDatabase {
        try await SQLDatabase.sqlite(path: fixture.databasePath)
    }
}
