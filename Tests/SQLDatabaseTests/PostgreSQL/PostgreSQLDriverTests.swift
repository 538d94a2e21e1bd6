import Dispatch
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import SQLDatabase

@Suite(
    "PostgreSQL's driver", .enabled(if: TestPostgreSQL.shared != nil, Comment(rawValue: TestPostgreSQL.isMissing)))
struct PostgreSQLDriverTests {
    private let server: TestPostgreSQL

    init() throws {
        server = try #require(TestPostgreSQL.shared)
    }

    /// Runs a body with the driver of a new database that has a table for a few numbers.
    private func withDriver(
        _ change: (inout PostgreSQLSettings) -> Void = { _ in },
        _ body: (PostgreSQLDriver, TestDatabase) async throws -> Void
    ) async throws {
        let database = try await server.makeDatabase()
        try await blocking { try server.administer("CREATE TABLE numbers (n BIGINT)", in: database.name) }
        let driver = try await PostgreSQLDriver.open(database.settings(change), logger: .quiet)
        do {
            try await body(driver, database)
        } catch {
            await driver.close()
            throw error
        }
        await driver.close()
    }

    private static func add(_ number: Int64, _ connection: any SQLConnection) throws {
        try connection.execute("INSERT INTO numbers (n) VALUES (?1)", .integer(number))
    }

    private static func numbers(_ connection: any SQLConnection) throws -> [Int64] {
        try connection.all("SELECT n FROM numbers ORDER BY n") { $0.integer(0) }
    }

    private static func all(_ driver: PostgreSQLDriver) async throws -> [Int64] {
        try await driver.read { try numbers($0) }
    }

    @Test("replaces connections that have died between two transactions")
    func deadBetween() async throws {
        try await withDriver { driver, database in
            for round in 1...3 {
                async let some = driver.read { try Self.numbers($0) }
                async let others = driver.read { try Self.numbers($0) }
                _ = try await (some, others)
                try await blocking { try database.terminateOthers() }
                try await driver.write { try Self.add(Int64(round), $0) }
                try await blocking { try database.terminateOthers() }
                let found = try await driver.look { try Self.numbers($0) }
                #expect(found.count == round)
            }
        }
    }

    @Test("runs a read again, once, if its connection dies in the middle")
    func deadInRead() async throws {
        try await withDriver { driver, database in
            let attempts = Atomic<Int>(0)
            let count = try await driver.read { connection in
                _ = try Self.numbers(connection)
                if attempts.add(1, ordering: .relaxed).newValue == 1 { try database.terminateOthers() }
                return try Self.numbers(connection).count
            }
            #expect(count == 0)
            #expect(attempts.load(ordering: .relaxed) == 2)
            let error = await #expect(throws: RegistryError.self) {
                try await driver.read { connection in
                    _ = try Self.numbers(connection)
                    attempts.add(1, ordering: .relaxed)
                    try database.terminateOthers()
                    _ = try Self.numbers(connection)
                }
            }
            #expect(error?.code == .unavailable)
            #expect(attempts.load(ordering: .relaxed) == 4)
        }
    }

    @Test("runs a write again if its connection dies before the COMMIT, and makes the change once")
    func deadInWrite() async throws {
        try await withDriver { driver, database in
            let attempts = Atomic<Int>(0)
            try await driver.write { connection in
                try Self.add(7, connection)
                if attempts.add(1, ordering: .relaxed).newValue == 1 {
                    _ = try Self.numbers(connection)
                    try database.terminateOthers()
                }
                _ = try Self.numbers(connection)
            }
            #expect(attempts.load(ordering: .relaxed) == 2)
            #expect(try await Self.all(driver) == [7])
        }
    }

    @Test("does not run a write again if nobody knows what came of its COMMIT")
    func deadInCommit() async throws {
        try await withDriver { driver, database in
            // The backend ends itself while it commits.
            for statement in [
                """
                CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$
                """,
                """
                CREATE CONSTRAINT TRIGGER dying AFTER INSERT ON numbers DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.n = 666) EXECUTE FUNCTION die()
                """,
            ] { try await blocking { try server.administer(statement, in: database.name) } }
            let attempts = Atomic<Int>(0)
            let error = await #expect(throws: RegistryError.self) {
                try await driver.write { connection in
                    attempts.add(1, ordering: .relaxed)
                    try Self.add(666, connection)
                }
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("may have been made or not") == true)
            #expect(attempts.load(ordering: .relaxed) == 1)
            try await driver.write { try Self.add(1, $0) }
            #expect(try await Self.all(driver) == [1])
        }
    }

    @Test("ends a statement that takes too long, and goes on with the connection")
    func statementTimeout() async throws {
        try await withDriver({ $0.statementTimeout = .milliseconds(200) }) { driver, _ in
            let error = await #expect(throws: RegistryError.self) {
                try await driver.read { try $0.run("SELECT pg_sleep(30)", []) { _ in } }
            }
            #expect(error?.code == .unavailable)
            let writing = await #expect(throws: RegistryError.self) {
                try await driver.write { connection in
                    try Self.add(1, connection)
                    try connection.execute("SELECT pg_sleep(30)")
                }
            }
            #expect(writing?.code == .unavailable)
            let left = try await Self.all(driver)
            #expect(left.isEmpty)
        }
    }

    @Test("answers in a bounded time if all connections are busy")
    func exhausted() async throws {
        try await withDriver({ ($0.poolSize, $0.patience) = (2, .milliseconds(300)) }) { driver, _ in
            let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
            async let slow: Void = driver.read { connection in
                _ = try Self.numbers(connection)
                beginning.finish()
                try connection.run("SELECT pg_sleep(1.5)", []) { _ in }
            }
            for await _ in begun {}
            let start = ContinuousClock.now
            let error = await #expect(throws: RegistryError.self) { try await driver.read { try Self.numbers($0) } }
            #expect(error?.code == .unavailable)
            #expect(start.duration(to: .now) < .seconds(1.2))
            try await slow
            let left = try await Self.all(driver)
            #expect(left.isEmpty)
        }
    }

    @Test("is alone while it writes, and waits for the writes of other processes for a bounded time")
    func alone() async throws {
        try await withDriver { driver, database in
            let other = try await PostgreSQLDriver.open(database.settings(), logger: .quiet)
            let hasty = try await PostgreSQLDriver.open(
                database.settings { $0.patience = .milliseconds(300) }, logger: .quiet)
            let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
            let end = DispatchSemaphore(value: 0)
            async let slow: Void = other.write { connection in
                let before = try Self.numbers(connection)
                beginning.finish()
                // The server ends a transaction that does nothing for longer than ten seconds.
                _ = end.wait(timeout: .now() + 9)
                #expect(try Self.numbers(connection) == before)
                try Self.add(1, connection)
            }
            for await _ in begun {}
            let error = await #expect(throws: RegistryError.self) { try await hasty.write { try Self.add(2, $0) } }
            #expect(error?.code == .unavailable)
            // Reads wait for nobody.
            let left = try await Self.all(driver)
            #expect(left.isEmpty)
            end.signal()
            try await slow
            await hasty.close()
            // Increments that read first, as in a database with a single writer.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    let driver = number % 2 == 0 ? driver : other
                    group.addTask {
                        try await driver.write { connection in
                            let last = try Self.numbers(connection).last ?? 0
                            try Self.add(last + 1, connection)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.all(driver) == Array(1...21))
            await other.close()
        }
    }

    @Test("runs a transaction again that the server ends because of others, and gives up after a while")
    func conflicts() async throws {
        try await withDriver { driver, _ in
            let attempts = Atomic<Int>(0)
            for state in ["40001", "40P01"] {
                let failing = "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '\(state)'; END $$"
                attempts.store(0, ordering: .relaxed)
                try await driver.write { connection in
                    try Self.add(1, connection)
                    if attempts.add(1, ordering: .relaxed).newValue < 4 { try connection.execute(failing) }
                }
                #expect(attempts.load(ordering: .relaxed) == 4)
                let error = await #expect(throws: RegistryError.self) {
                    try await driver.write { connection in
                        attempts.add(1, ordering: .relaxed)
                        try connection.execute(failing)
                    }
                }
                #expect(error?.code == .unavailable)
                #expect(attempts.load(ordering: .relaxed) == 4 + PostgreSQLDriver.mostAttempts)
            }
            #expect(try await Self.all(driver) == [1, 1])
        }
    }

    @Test("undoes a write that throws, also if a statement fails whose answer nobody waits for")
    func undone() async throws {
        try await withDriver { driver, _ in
            await #expect(throws: TestError.self) {
                try await driver.write { connection in
                    try Self.add(1, connection)
                    throw TestError()
                }
            }
            let error = await #expect(throws: RegistryError.self) {
                try await driver.write { connection in
                    try Self.add(2, connection)
                    try connection.execute("INSERT INTO numbers (n) VALUES (1 / 0)")
                    try Self.add(3, connection)
                }
            }
            #expect(error?.code == .internal)
            let later = await #expect(throws: RegistryError.self) {
                try await driver.write { connection in
                    try connection.execute("NOT SQL")
                    _ = try Self.numbers(connection)
                }
            }
            #expect(later?.code == .internal)
            let left = try await Self.all(driver)
            #expect(left.isEmpty)
            // More statements than wait for an answer at once.
            try await driver.write { for number in 1...500 { try Self.add(Int64(number), $0) } }
            #expect(try await Self.all(driver) == Array(1...500))
        }
    }

    @Test("refuses a change in a read")
    func readOnly() async throws {
        try await withDriver { driver, _ in
            await #expect(throws: RegistryError.self) {
                try await driver.read { connection in
                    try Self.add(1, connection)
                    _ = try Self.numbers(connection)
                }
            }
            let left = try await Self.all(driver)
            #expect(left.isEmpty)
        }
    }

    @Test("a read sees one state")
    func snapshot() async throws {
        try await withDriver { driver, database in
            let (before, after) = try await driver.read { connection in
                let before = try Self.numbers(connection)
                try server.administer("INSERT INTO numbers VALUES (1)", in: database.name)
                return (before, try Self.numbers(connection))
            }
            #expect(before == after)
            #expect(try await Self.all(driver) == [1])
        }
    }

    @Test("keeps every byte and every text, and refuses NUL in texts")
    func values() async throws {
        try await withDriver { driver, database in
            try await blocking {
                try server.administer("CREATE TABLE things (id BIGINT, t TEXT, b BYTEA)", in: database.name)
            }
            let bytes = Array(UInt8.min ... .max)
            let text = "it's ?1 \\ \"é\" 🐍\n"
            let all: [(String?, [UInt8])] = [(text, bytes), ("", []), (nil, Array(repeating: 0, count: 100_000))]
            try await driver.write { connection in
                for (number, (text, bytes)) in all.enumerated() {
                    try connection.execute(
                        "INSERT INTO things (id, t, b) VALUES (?1, ?2, ?3)", SQLValue(number), SQLValue(text),
                        .bytes(bytes))
                }
                try connection.execute(
                    "INSERT INTO things (id, t, b) VALUES (?1, '?2', ?2)", .integer(Int64.max), nil)
            }
            let found = try await driver.read { connection in
                try connection.all("SELECT id, t, b, b IS NULL FROM things ORDER BY id") { row in
                    (row.integer(0), row.optionalText(1), row.bytes(2), row.isNull(2), row.flag(3))
                }
            }
            #expect(found.map(\.0) == [0, 1, 2, Int64.max])
            #expect(found.map(\.1) == [text, "", nil, "?2"])
            #expect(found.map(\.2) == all.map(\.1) + [[]])
            #expect(found.map(\.3) == [false, false, false, true])
            #expect(found.map(\.4) == [false, false, false, true])
            let error = await #expect(throws: RegistryError.self) {
                try await driver.write { try $0.execute("INSERT INTO things (t) VALUES (?1)", "a\0b") }
            }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test("prepares its statements, and stops if a pooler that it was not told of has another session")
    func names() async throws {
        try await withDriver { driver, database in
            func prepared(_ driver: PostgreSQLDriver) async throws -> Int64? {
                try await driver.read { connection in
                    _ = try Self.numbers(connection)
                    return try connection.first("SELECT COUNT(*) FROM pg_prepared_statements") { $0.integer(0) }
                }
            }
            let directly = try await prepared(driver)
            // These, and the one by which the driver was opened.
            #expect(directly == 3)
            let pooled = try await PostgreSQLDriver.open(
                database.settings { ($0.url, $0.poolSize) = (database.poolerURL, 12) }, logger: .quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<40 {
                    group.addTask {
                        for _ in 0..<5 {
                            if task % 4 == 0 {
                                try await pooled.write { try Self.add(1, $0) }
                            } else {
                                _ = try await pooled.read { try Self.numbers($0) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let found = try await Self.all(driver)
            #expect(found.count == 50)
            await pooled.close()
        }
    }

    @Test("asks once whether anything has changed and once for a page, and waits little for a publish")
    func roundTrips() async throws {
        let made = try await server.makeDatabase()
        let database = try await made.open()
        let driver = try #require(database.driver as? PostgreSQLDriver)
        try await database.declareIndexes([.main])
        try await database.publish(SampleFile())
        func trips(_ body: () async throws -> Void) async throws -> Int {
            let before = driver.roundTrips.load(ordering: .relaxed)
            try await body()
            return driver.roundTrips.load(ordering: .relaxed) - before
        }
        let cursor = try await database.changes(since: nil).cursor
        #expect(try await trips { _ = try await database.changes(since: cursor) } == 1)
        #expect(try await trips { _ = try await database.project(try Sample.name("sample"), in: .main) } == 1)
        let page = try await trips { _ = try await database.listedProject(try Sample.name("sample"), in: .main) }
        #expect(page == 1)
        let publish = try await trips { try await database.publish(SampleFile("sample", "2.0")) }
        #expect(publish <= 20, "\(publish)")
        await database.close()
    }
}

private struct TestError: Error {}
