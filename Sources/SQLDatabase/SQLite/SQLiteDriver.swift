import Dispatch
import GRDB
import Glibc
import LocalFiles
import Registry
import Synchronization

/// SQLite through GRDB: a pool with one writer and a few readers, in WAL mode, every commit durable.
///
/// Several processes may have the file open; a connection waits a bounded time for another's lock.
final class SQLiteDriver: SQLDriver {
    let dialect = SQLDialect.sqlite
    let pool: DatabasePool
    private let commits: GroupCommit
    /// A connection that can write, closed after all others: it writes the log back into the file.
    private let last: DatabaseQueue
    /// Nil once the database is closed.
    private let header: Mutex<WALIndexHeader?>

    private init(pool: DatabasePool, last: DatabaseQueue, checkpoints: WALCheckpoints, header: WALIndexHeader?) {
        self.pool = pool
        commits = GroupCommit(pool: pool, checkpoints: checkpoints)
        self.last = last
        self.header = Mutex(header)
    }

    /// Opens the file, or makes it, on a thread that may block; a connection waits `patience` seconds for a lock.
    static func open(path: String, readers: Int, patience: Double) async throws -> SQLiteDriver {
        guard !path.utf8.contains(0) else {
            throw RegistryError(.invalidRequest, "The database's path holds a NUL character.")
        }
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result { try SQLiteErrors.translating { try openNow(path, readers, patience) } })
            }
        }
    }

    private static func openNow(_ path: String, _ readers: Int, _ patience: Double) throws -> SQLiteDriver {
        let deadline = DispatchTime.now() + patience
        while true {
            do {
                return try openOnce(path, readers, patience)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && DispatchTime.now() < deadline {
                // Turning WAL on does not wait for other processes, whatever the busy timeout says.
                usleep(20_000)
            }
        }
    }

    private static func openOnce(_ path: String, _ readers: Int, _ patience: Double) throws -> SQLiteDriver {
        var configuration = Configuration()
        configuration.label = "cellar"
        configuration.busyMode = .timeout(patience)
        configuration.maximumReaderCount = readers
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { database in
            // For a new file only. A small publish changes some twenty pages, and the log gets each of them whole.
            try database.execute(sql: "PRAGMA page_size = 4096")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            // KiB, taken as they are used: the rows of a project with thousands of files fit.
            try database.execute(sql: "PRAGMA cache_size = -8192")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        // The pool has set NORMAL after `prepareDatabase`; only FULL makes an answered commit survive a power cut.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        // A read makes the WAL index, if there was none.
        _ = try pool.read { try Int64.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
        // Without it, every request asks the database for changes.
        let header = WALIndexHeader(ofDatabase: path)
        var waiting = Configuration()
        waiting.label = "cellar-last"
        let last = try DatabaseQueue(path: path, configuration: waiting)
        let checkpoints = pool.writeWithoutTransaction { WALCheckpoints(of: $0, on: last) }
        return SQLiteDriver(pool: pool, last: last, checkpoints: checkpoints, header: header)
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        if BlockingThreads.isCurrent { return try readHere(body) }
        return try await SQLiteErrors.translating {
            try await pool.read { try body(SQLiteConnection(database: $0)) }
        }
    }

    func look<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await read(body)
    }

    private func readHere<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        try Task.checkCancellation()
        return try SQLiteErrors.translating { try pool.read { try body(SQLiteConnection(database: $0)) } }
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await SQLiteErrors.translating { try await commits.write(body) }
    }

    func migrate(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        // A transaction that begins with SQLite's one lock for writing holds it until it is committed. The patience of a
        // connection is meant for small transactions; another process may take longer over the steps of a large file.
        let deadline = ContinuousClock.now + Self.migrationPatience
        while true {
            do {
                return try await write(body)
            } catch let error as RegistryError where SQLiteErrors.isBusy(error) && .now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// How long a process waits for another one that migrates.
    private static let migrationPatience = Duration.seconds(600)

    func commitMark() -> CommitMark? { header.withLock { $0?.mark } }

    func health() async throws -> SQLHealth {
        try await SQLiteErrors.translating {
            try await pool.read { database in
                let problems = try String.fetchAll(database, sql: "PRAGMA quick_check(20)").filter { $0 != "ok" }
                let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").count
                let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                let pageSize = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0
                let version = try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? "?"
                return SQLHealth(
                    problems: problems + (orphans == 0 ? [] : ["\(orphans) rows refer to rows that do not exist"]),
                    details: ["SQLite \(version), \(pages * pageSize) bytes"])
            }
        }
    }

    func close() async {
        header.withLock { $0 = nil }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [pool, last] in
                try? pool.close()
                try? last.close()
                continuation.resume()
            }
        }
    }
}
