import GRDB
import GRDBSQLite
import Synchronization

/// Writes SQLite's log back into the file beside the writes, not within one of them, as SQLite itself would.
///
/// A checkpoint on a second connection lets writes go on, and leaves what they add meanwhile. SQLite begins the log from
/// its start only once all of it is written back, which cannot happen while writes go on; so when the log has grown
/// long, the little that is left is written back between two writes.
final class WALCheckpoints: Sendable {
    /// So many frames begin a checkpoint: 8 MiB, or 16 in a file whose pages are as large as they once were.
    private static let long: CInt = 2000
    /// So many frames end the log: the rest is written back between two writes.
    private static let tooLong: CInt = 8000
    /// So many frames are worth it, if somebody's long read keeps the log from beginning again.
    private static let few: CInt = 100

    private let other: DatabaseQueue
    private let frames = Frames()
    private let isRunning = Atomic<Bool>(false)
    /// How many frames the log had when the last checkpoint began.
    private let done = Atomic<CInt>(0)

    /// The length of the log after the last commit of the connection; SQLite keeps its address.
    private final class Frames: Sendable {
        let count = Atomic<CInt>(0)
    }

    /// Takes over the checkpoints of a connection; `other` is another one on the same file.
    init(of database: Database, on other: DatabaseQueue) {
        self.other = other
        // In place of the hook by which SQLite makes checkpoints within commits. The memory is never freed: there are
        // as many as databases are opened.
        let address = Unmanaged.passRetained(frames).toOpaque()
        sqlite3_wal_hook(
            database.sqliteConnection,
            { address, _, _, count in
                guard let address else { return SQLITE_OK }
                Unmanaged<Frames>.fromOpaque(address).takeUnretainedValue().count.store(count, ordering: .relaxed)
                return SQLITE_OK
            }, address)
    }

    /// Called after each group of writes, on their connection, outside of any transaction.
    func ended(on database: Database) {
        let count = frames.count.load(ordering: .relaxed)
        // The log began from its start again.
        if count < done.load(ordering: .relaxed) { done.store(0, ordering: .relaxed) }
        let new = count - done.load(ordering: .relaxed)
        guard new >= Self.long || count >= Self.tooLong && new >= Self.few,
            isRunning.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        done.store(count, ordering: .relaxed)
        guard new >= Self.long else {
            Self.checkpoint(database)
            return isRunning.store(false, ordering: .releasing)
        }
        other.asyncWriteWithoutTransaction { [self] database in
            Self.checkpoint(database)
            isRunning.store(false, ordering: .releasing)
        }
    }

    /// Writes back what it can without waiting for anybody. If that fails, the log stays as it is, and a later
    /// checkpoint or the next start writes it back.
    private static func checkpoint(_ database: Database) {
        _ = sqlite3_wal_checkpoint_v2(database.sqliteConnection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }
}
