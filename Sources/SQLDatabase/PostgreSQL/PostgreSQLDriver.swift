import Glibc
import LocalFiles
import Logging
import NIOPosix
import Registry
import Synchronization

/// PostgreSQL through libpq: a few threads, each of which has a connection while it runs a transaction.
///
/// A write takes a lock that all writes of all processes take, so that it is alone, as in SQLite; it waits for it before
/// it reads anything. So a process need not write with more than two connections: one works while the next one waits.
final class PostgreSQLDriver: SQLDriver {
    let dialect = SQLDialect.postgresql
    let settings: PostgreSQLSettings
    private let address: PostgreSQLAddress
    private let direct: PostgreSQLAddress
    private let pool: PostgreSQLPool
    private let readers: PostgreSQLThreads
    private let writers: PostgreSQLThreads
    /// One more thread, of which whoever waits for it is woken once: most requests wait for a look.
    let lookThreads: BlockingThreads?
    private let logger: Logger
    /// Whether statements are prepared. False once a session did not have one that it should have: then a pooler stands
    /// between.
    private let usesNames: Atomic<Bool>
    /// How often the server was waited for, which tests look at.
    let roundTrips = Atomic<Int>(0)

    /// The key of the lock that a write has until it ends (`pg_advisory_xact_lock`): "cellar" in ASCII.
    static let writeLock: Int64 = 0x63_65_6C_6C_61_72
    /// How often a transaction is run at most that the server ends because of others.
    static let mostAttempts = 10
    /// How long a process waits for another one that migrates.
    private static let migrationPatience = Duration.seconds(600)
    /// A process that has vanished in the middle of a write holds the others up for so long.
    private static let mostIdle = Duration.seconds(10)

    /// Connects once, so that what is wrong with the settings is known now.
    static func open(_ settings: PostgreSQLSettings, logger: Logger) async throws -> PostgreSQLDriver {
        try PostgreSQLLibrary.check()
        let driver = try PostgreSQLDriver(settings, logger: logger)
        do {
            try await driver.look { try $0.execute("SELECT 1") }
            return driver
        } catch {
            await driver.close()
            throw error
        }
    }

    private init(_ settings: PostgreSQLSettings, logger: Logger) throws {
        self.settings = settings
        self.logger = logger
        address = try PostgreSQLAddress(settings.url, setting: "database.url")
        direct = try settings.directURL.map { try PostgreSQLAddress($0, setting: "database.direct_url") } ?? address
        // Somebody who says what is past the pooler has one.
        usesNames = Atomic(settings.directURL == nil)
        pool = PostgreSQLPool(address, logger: logger)
        let looking = settings.poolSize < 4 ? 0 : 1
        let writing = settings.poolSize < 5 ? 1 : 2
        lookThreads = looking > 0 ? BlockingThreads(count: looking) : nil
        readers = PostgreSQLThreads(count: settings.poolSize - writing - looking, patience: settings.patience)
        writers = PostgreSQLThreads(count: writing, patience: settings.patience)
    }

    // MARK: Transactions

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await readers.run { [self] in
            try attempting { connection in
                try begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", on: connection)
                return try undoing(connection) {
                    let value = try body(connection)
                    // Nothing depends on the answer, so nobody waits for it.
                    try connection.sendLast("COMMIT")
                    return value
                }
            }
        }
    }

    func look<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        if let lookThreads, BlockingThreads.current === lookThreads { return try lookHere(body) }
        return try await readers.run { [self] in try lookHere(body) }
    }

    private func lookHere<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        try attempting { connection in
            do {
                let value = try body(connection)
                try connection.finish()
                return value
            } catch {
                try connection.settle()
                throw error
            }
        }
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await writers.run { [self] in
            try attempting { try write(on: $0, patience: settings.patience, body) }
        }
    }

    func migrate(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        try await writers.run { [self] in
            try PostgreSQLErrors.translating {
                let connection = try PostgreSQLConnection(direct)
                // The steps of a large database take their time.
                try write(on: connection, patience: Self.migrationPatience, body)
            }
        }
    }

    private func write<Value>(
        on connection: PostgreSQLConnection, patience: Duration, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        let isMigration = patience == Self.migrationPatience
        if isMigration { connection.timeout = nil }
        try begin("BEGIN ISOLATION LEVEL READ COMMITTED", on: connection, statementTimeout: isMigration ? .zero : nil)
        try connection.control("SET LOCAL lock_timeout = \(patience.milliseconds)")
        try connection.control("SET LOCAL idle_in_transaction_session_timeout = \(Self.mostIdle.milliseconds)")
        try connection.perform("SELECT pg_advisory_xact_lock(\(Self.writeLock))", [])
        return try undoing(connection) {
            let value = try body(connection)
            try connection.commit()
            return value
        }
    }

    /// Sends the begin of a transaction together with its first statement. Settings are those of the transaction: past a
    /// pooler, the next one has another session.
    private func begin(
        _ statement: String, on connection: PostgreSQLConnection, statementTimeout: Duration? = nil
    ) throws {
        try connection.control(statement)
        let timeout = (statementTimeout ?? settings.statementTimeout).milliseconds
        try connection.control("SET LOCAL statement_timeout = \(timeout)")
    }

    private func undoing<Value>(_ connection: PostgreSQLConnection, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let failure as PostgreSQLFailure where failure.isLost {
            throw failure
        } catch {
            try connection.rollBack()
            throw error
        }
    }

    // MARK: Attempts

    /// Runs a transaction with a connection of the pool, and again if that is safe and may help: once if the connection
    /// broke before a COMMIT was sent, and a few times if the server ended the transaction because of another one.
    private func attempting<Value>(_ transaction: (PostgreSQLConnection) throws -> Value) throws -> Value {
        try PostgreSQLErrors.translating {
            let deadline = ContinuousClock.now + settings.patience
            var attempts = 0
            var isSecondConnection = false
            while true {
                attempts += 1
                let lent = try pool.take(before: deadline)
                let connection = lent.connection
                connection.timeout = settings.statementTimeout
                connection.usesNames = usesNames.load(ordering: .relaxed)
                let before = connection.roundTrips
                defer { roundTrips.add(connection.roundTrips - before, ordering: .relaxed) }
                do {
                    let value = try transaction(connection)
                    pool.put(lent)
                    return value
                } catch let failure as PostgreSQLFailure where failure.isLost {
                    guard !failure.isCommitUnknown, !isSecondConnection else { throw failure }
                    isSecondConnection = true
                } catch let failure as PostgreSQLFailure where failure.isOfPooler && connection.usesNames {
                    pool.put(lent)
                    if usesNames.exchange(false, ordering: .relaxed) {
                        logger.notice("a pooler stands before the database: statements are not prepared any more")
                    }
                } catch let failure as PostgreSQLFailure {
                    pool.put(lent)
                    guard failure.isConflict, attempts < Self.mostAttempts, .now < deadline else { throw failure }
                    usleep(UInt32.random(in: 1000...5000) << min(attempts, 5))
                } catch {
                    pool.put(lent)
                    throw error
                }
            }
        }
    }

    // MARK: Health

    /// There is none without a query.
    func commitMark() -> CommitMark? { nil }

    func health() async throws -> SQLHealth {
        let size = settings.poolSize
        return try await look { try PostgreSQLHealth.read(from: $0, poolSize: size) }
    }

    func close() async {
        await readers.stop()
        await writers.stop()
        await lookThreads?.stop()
        pool.close()
    }
}

extension Duration {
    /// Whole milliseconds, as PostgreSQL's settings take them.
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
