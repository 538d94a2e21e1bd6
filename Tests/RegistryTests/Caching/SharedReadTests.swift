import Synchronization
import Testing

@testable import Registry

@Suite("A shared read")
struct SharedReadTests {
    /// Reads that wait until they are let go.
    private final class Gate: Sendable {
        private let state = Mutex((begun: 0, waiting: [CheckedContinuation<Void, Never>]()))

        var begun: Int { state.withLock { $0.begun } }

        func read() async {
            await withCheckedContinuation { continuation in
                state.withLock {
                    $0.begun += 1
                    $0.waiting.append(continuation)
                }
            }
        }

        func letGo() {
            let first = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
            first?.resume()
        }

        func waitFor(_ count: Int) async throws {
            while begun < count { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    @Test("begins after everybody who waits for it has asked, and is one for all of them", .timeLimit(.minutes(1)))
    func sharing() async throws {
        let shared = SharedRead()
        let gate = Gate()
        let first = Task { try await shared.wait { await gate.read() } }
        try await gate.waitFor(1)
        let others = (0..<20).map { _ in Task { try await shared.wait { await gate.read() } } }
        try await Task.sleep(for: .milliseconds(50))
        #expect(gate.begun == 1, "the read that runs began before the others asked")
        gate.letGo()
        try await first.value
        try await gate.waitFor(2)
        gate.letGo()
        for other in others { try await other.value }
        #expect(gate.begun == 2)
        let last = Task { try await shared.wait { await gate.read() } }
        try await gate.waitFor(3)
        gate.letGo()
        try await last.value
    }

    @Test("that has not begun is one for all, and whoever leaves stops it for nobody", .timeLimit(.minutes(1)))
    func leaving() async throws {
        let shared = SharedRead()
        let gate = Gate()
        let before = shared.begunCount
        let first = Task { try await shared.wait { await gate.read() } }
        try await gate.waitFor(1)
        #expect(shared.begunCount == before + 1)
        let others = (0..<256).map { _ in Task { try await shared.wait { await gate.read() } } }
        for other in others.prefix(100) { other.cancel() }
        gate.letGo()
        try await first.value
        try await gate.waitFor(2)
        gate.letGo()
        for other in others { try await other.value }
        #expect(gate.begun <= 3 && shared.begunCount == before + UInt64(gate.begun))
    }

    @Test(
        "that fails throws to those who wait for it, not to those who came after it had begun", .timeLimit(.minutes(1)))
    func oneFailure() async throws {
        struct Broken: Error {}
        let shared = SharedRead()
        let gate = Gate()
        let first = Task {
            try await shared.wait {
                await gate.read()
                throw Broken()
            }
        }
        try await gate.waitFor(1)
        let second = Task { try await shared.wait { await gate.read() } }
        gate.letGo()
        await #expect(throws: Broken.self) { try await first.value }
        try await gate.waitFor(2)
        gate.letGo()
        try await second.value
    }

    @Test("that fails throws to those who wait for it, and the next one runs all the same")
    func failure() async throws {
        struct Broken: Error {}
        let shared = SharedRead()
        await #expect(throws: Broken.self) { try await shared.wait { throw Broken() } }
        try await shared.wait {}
    }
}
