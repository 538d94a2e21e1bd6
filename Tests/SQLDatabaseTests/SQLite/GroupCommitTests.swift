import Dispatch
import GRDB
import LocalFiles
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import SQLDatabase

@Suite("Writes that wait for each other")
struct GroupCommitTests {
    private struct Refusal: Error {}

    /// Counts commits.
    private final class Counter: TransactionObserver, Sendable {
        private let count = Mutex(0)
        var commits: Int { count.withLock { $0 } }

        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseDidCommit(_ database: GRDB.Database) { count.withLock { $0 += 1 } }
        func databaseDidRollback(_ database: GRDB.Database) {}
    }

    private let file: TemporaryDatabase

    init() throws {
        file = try TemporaryDatabase()
    }

    /// Runs ten writes while the connection is busy; those that are asked to fail do so after their change.
    private func writeTen(
        to driver: SQLiteDriver, failing: @escaping @Sendable (Int, any SQLConnection) throws -> Void
    ) async throws -> [Bool] {
        let gate = DispatchGate()
        async let blocked: Void = driver.write { _ in gate.wait() }
        try await gate.waitUntilReached()
        let results = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<10 {
                group.addTask {
                    let result = await Task(executorPreference: BlockingThreads.current) {
                        try await driver.write { connection in
                            try connection.execute("INSERT INTO numbers VALUES (?1)", .integer(Int64(number)))
                            try failing(number, connection)
                        }
                    }.result
                    if case .success = result { return (number, true) } else { return (number, false) }
                }
            }
            try? await Task.sleep(for: .milliseconds(200))
            gate.open()
            return await group.reduce(into: [Bool](repeating: false, count: 10)) { $0[$1.0] = $1.1 }
        }
        try await blocked
        return results
    }

    /// Runs a closure on threads of its own, since a gate holds one of them, or on those of all tasks.
    private func preferring(_ isPreferred: Bool, _ body: () async throws -> [Bool]) async throws -> [Bool] {
        guard isPreferred else { return try await body() }
        let threads = BlockingThreads(count: 3)
        let results = try await withTaskExecutorPreference(threads) { try await body() }
        await threads.stop()
        return results
    }

    private func opened() async throws -> (SQLDatabase, SQLiteDriver, Counter) {
        let database = try await file.open()
        let driver = try #require(database.driver as? SQLiteDriver)
        try await driver.write { try $0.execute("CREATE TABLE numbers (number INTEGER)") }
        let counter = Counter()
        driver.pool.add(transactionObserver: counter, extent: .databaseLifetime)
        return (database, driver, counter)
    }

    private func numbers(_ driver: SQLiteDriver) async throws -> [Int64] {
        try await driver.read { try $0.all("SELECT number FROM numbers ORDER BY number") { $0.integer(0) } }
    }

    @Test("are committed together, and one that fails undoes only what it did", arguments: [false, true])
    func failure(onThreads: Bool) async throws {
        let (database, driver, counter) = try await opened()
        let results = try await preferring(onThreads) {
            try await writeTen(to: driver) { number, _ in if number.isMultiple(of: 4) { throw Refusal() } }
        }
        #expect(results == (0..<10).map { !$0.isMultiple(of: 4) })
        #expect(try await numbers(driver) == [1, 2, 3, 5, 6, 7, 9])
        #expect(counter.commits == 2, "that of the write that held the others up, and theirs")
        await database.close()
    }

    @Test("are run again, alone, if one of them ends the transaction of all", arguments: [false, true])
    func rollback(onThreads: Bool) async throws {
        let (database, driver, _) = try await opened()
        let results = try await preferring(onThreads) {
            try await writeTen(to: driver) { number, connection in
                guard number == 4 else { return }
                try connection.execute("INSERT OR ROLLBACK INTO schema SELECT * FROM schema")
                throw Refusal()
            }
        }
        #expect(results == (0..<10).map { $0 != 4 })
        #expect(try await numbers(driver) == [0, 1, 2, 3, 5, 6, 7, 8, 9])
        await database.close()
    }
}

/// Holds a thread until it is opened, and then lets everyone pass.
private final class DispatchGate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let isReached = Mutex(false)

    func wait() {
        isReached.withLock { $0 = true }
        semaphore.wait()
        semaphore.signal()
    }

    func waitUntilReached() async throws {
        while !isReached.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
    }

    func open() { semaphore.signal() }
}
