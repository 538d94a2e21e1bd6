import PackagingStandards
import RegistryTestSupport
import Synchronization
import Testing

@testable import Registry

/// An audit in memory that can fail, for what stands before it; the real ones have their contract.
private final class AuditShelf: AuditDatabase {
    struct State {
        var refused: [RefusedRequests] = []
        var lines: [AuditLine] = []
        var taken: Int64 = 0
        var isFailing = false
    }

    let state = Mutex(State())

    func audit(_ query: AuditQuery) async throws -> [AuditLine] { [] }

    func record(_ refused: [RefusedRequests]) async throws {
        try state.withLock { state in
            if state.isFailing { throw RegistryError(.unavailable, "locked") }
            state.refused += refused
        }
    }

    func claimAudit(for receiver: String, limit: Int, now: Timestamp) async throws -> [AuditLine] {
        state.withLock { state in Array(state.lines.filter { $0.id > state.taken }.prefix(limit)) }
    }

    func completeAudit(for receiver: String, through id: Int64?) async throws {
        state.withLock { $0.taken = id ?? $0.taken }
    }
}

@Suite("Refused requests in the audit")
struct RefusalsTests {
    private let shelf = AuditShelf()
    private let clock = WallClock { SampleTime.start }

    @Test("are one line for each kind and source, with how many there were")
    func aggregated() async throws {
        let refusals = Refusals(database: shelf, clock: clock)
        try await refusals.flush()
        for _ in 1...1000 {
            refusals.note(.login, by: "ada", "GET api", because: "wrong-credentials", from: "192.0.2.1")
        }
        refusals.note(.change, by: "ada", "POST upload", because: "forbidden", from: "192.0.2.1")
        refusals.note(.login, by: "ada", "GET api", because: "wrong-credentials", from: "192.0.2.2")
        try await refusals.flush()
        try await refusals.flush()
        let lines = shelf.state.withLock { $0.refused }
        #expect(lines.count == 3)
        #expect(lines.map(\.count).sorted() == [1, 1, 1000])
        #expect(Set(lines.map(\.action)) == ["login.refuse", "change.refuse"])
    }

    @Test("are a bounded number of lines, whoever sends them, and all counted")
    func bounded() async throws {
        let refusals = Refusals(database: shelf, clock: clock, capacity: 10)
        for number in 1...500 {
            refusals.note(.login, by: "u\(number)", "GET api", because: "wrong-credentials", from: "192.0.2.\(number)")
        }
        try await refusals.flush()
        let lines = shelf.state.withLock { $0.refused }
        #expect(lines.count == 11)
        #expect(lines.map(\.count).reduce(0, +) == 500)
        #expect(lines.contains { $0.actor == "(many)" && $0.address == nil && $0.count == 490 })
    }

    @Test("of guessed logins and of strangers hide none of those of people")
    func apart() async throws {
        let refusals = Refusals(database: shelf, clock: clock, capacity: 10)
        for number in 1...50 {
            refusals.note(.login, by: "u\(number)", "GET api", because: "wrong-credentials", from: "192.0.2.\(number)")
            refusals.note(
                .change, by: nil, "POST upload", because: "authentication-required", from: "192.0.2.\(number)")
        }
        refusals.note(.change, by: "ada", "POST upload", because: "forbidden", from: "192.0.2.1")
        try await refusals.flush()
        let lines = shelf.state.withLock { $0.refused }
        #expect(lines.count == 23)
        #expect(lines.contains { $0.actor == "ada" && $0.count == 1 })
        #expect(lines.contains { $0.actor == "anonymous" && $0.action == "change.refuse" && $0.count == 1 })
    }

    @Test("are kept while the database takes none")
    func failing() async throws {
        let refusals = Refusals(database: shelf, clock: clock)
        refusals.note(.login, by: "ada", "GET api", because: "wrong-credentials", from: nil)
        shelf.state.withLock { $0.isFailing = true }
        await #expect(throws: RegistryError.self) { try await refusals.flush() }
        refusals.note(.login, by: "ada", "GET api", because: "wrong-credentials", from: nil)
        shelf.state.withLock { $0.isFailing = false }
        try await refusals.flush()
        #expect(shelf.state.withLock { $0.refused.map(\.count) } == [2])
    }
}

@Suite("Passing the audit on")
struct AuditDeliveryTests {
    private final class Receiver: AuditReceiver {
        let name = "test"
        let batches = Mutex<[[Int64]]>([])
        let failures = Mutex(0)

        func take(_ lines: [AuditLine]) async throws {
            let fails = failures.withLock { failures in
                defer { failures -= 1 }
                return failures > 0
            }
            if fails { throw RegistryError(.unavailable, "away") }
            batches.withLock { $0.append(lines.map(\.id)) }
        }
    }

    private let shelf = AuditShelf()

    private func add(_ ids: ClosedRange<Int64>) {
        shelf.state.withLock { state in
            state.lines += ids.map { id in
                AuditLine(
                    id: id, at: SampleTime.start, actor: "ada", action: "user.add", index: nil, project: nil,
                    subject: nil,
                    detail: nil)
            }
        }
    }

    @Test("gives all lines in batches, and what failed again")
    func batches() async throws {
        let delivery = AuditDelivery(database: shelf, clock: WallClock { SampleTime.start })
        let receiver = Receiver()
        add(1...450)
        receiver.failures.withLock { $0 = 1 }
        await #expect(throws: RegistryError.self) { try await delivery.deliver(to: receiver) }
        try await delivery.deliver(to: receiver)
        #expect(receiver.batches.withLock { $0.map(\.count) } == [200, 200, 50])
        add(451...451)
        try await delivery.deliver(to: receiver)
        #expect(receiver.batches.withLock { $0.flatMap { $0 } } == Array(1...451))
    }
}
