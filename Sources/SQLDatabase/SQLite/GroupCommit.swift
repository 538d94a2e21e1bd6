import GRDB
import LocalFiles
import Synchronization

/// Runs closures that wait to write in one transaction, so that they share its sync.
///
/// Each closure has a savepoint of its own: if it throws, its own changes are undone, and the others are committed. All
/// are answered after the commit. If the transaction as a whole fails, each closure is run again, alone.
final class GroupCommit: Sendable {
    /// The most closures of a transaction: its changes wait in memory, and nobody is answered before its end.
    private static let largestGroup = 64

    private let pool: DatabasePool
    private let checkpoints: WALCheckpoints
    private let waiting = Mutex<[any WaitingWrite]>([])

    init(pool: DatabasePool, checkpoints: WALCheckpoints) {
        self.pool = pool
        self.checkpoints = checkpoints
    }

    /// Runs a closure in a transaction that is durable when this returns, and undone when it throws.
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                waiting.append(Write(body: body, continuation: continuation))
                return waiting.count == 1
            }
            guard isFirst else { return }
            if BlockingThreads.isCurrent { runHere() } else { begin() }
        }
    }

    /// Waits on this thread for the connection, and runs what has come by then.
    private func runHere() {
        pool.writeWithoutTransaction { runNext(on: $0) }
    }

    private func begin() {
        pool.asyncWriteWithoutTransaction { [self] in runNext(on: $0) }
    }

    private func runNext(on database: Database) {
        let (group, isMore) = waiting.withLock { waiting in
            let group = Array(waiting.prefix(Self.largestGroup))
            waiting.removeFirst(group.count)
            return (group, !waiting.isEmpty)
        }
        // Those who come from now on are first again, or wait behind what is left here.
        if isMore { begin() }
        Self.run(group, on: database)
        checkpoints.ended(on: database)
    }

    private static func run(_ group: [any WaitingWrite], on database: Database) {
        guard group.count > 1 else {
            for write in group { write.runAlone(on: database) }
            return
        }
        var answers: [() -> Void] = []
        var hasBegun = false
        do {
            try database.inTransaction(.immediate) {
                hasBegun = true
                let connection = SQLiteConnection(database: database)
                answers = try group.map { try $0.runInGroup(on: connection) }
                return .commit
            }
        } catch {
            // Another process that holds the lock has been waited for once, for all.
            for write in group { if hasBegun { write.runAlone(on: database) } else { write.fail(error) } }
            return
        }
        for answer in answers { answer() }
    }
}

/// A write that waits for its turn, whatever it returns.
private protocol WaitingWrite: Sendable {
    /// Runs the closure in a transaction of its own, and answers.
    func runAlone(on database: Database)

    /// Runs the closure in a savepoint of the group's transaction.
    ///
    /// - Returns: Answers, once the transaction is committed.
    /// - Throws: An error that has ended the transaction.
    func runInGroup(on connection: SQLiteConnection) throws -> () -> Void

    /// Answers with an error.
    func fail(_ error: any Error)
}

private struct Write<Value: Sendable>: WaitingWrite {
    let body: @Sendable (any SQLConnection) throws -> Value
    let continuation: CheckedContinuation<Value, any Error>

    func runAlone(on database: Database) {
        continuation.resume(
            with: Result {
                var value: Value?
                try database.inTransaction(.immediate) {
                    value = try body(SQLiteConnection(database: database))
                    return .commit
                }
                guard let value else { throw StoredValue.contradiction("a committed transaction", "none") }
                return value
            })
    }

    func runInGroup(on connection: SQLiteConnection) throws -> () -> Void {
        let result = try connection.inSavepoint(body)
        return { continuation.resume(with: result) }
    }

    func fail(_ error: any Error) { continuation.resume(throwing: error) }
}

extension SQLiteConnection {
    /// Runs a closure, and undoes what it did if it throws. Throws itself if the transaction has ended.
    fileprivate func inSavepoint<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Result<Value, any Error>
    {
        try execute("SAVEPOINT write")
        let result = Result { try body(self) }
        if case .failure = result {
            // Some errors, such as that of a full disk, roll the whole transaction back.
            guard database.isInsideTransaction else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
            try execute("ROLLBACK TO write")
        }
        try execute("RELEASE write")
        return result
    }
}
