import PackagingStandards
import Registry
import Synchronization

/// The database of the registry in the SQL that SQLite and PostgreSQL share: schema, migrations and queries.
///
/// Each method of the port is one transaction, in the folder of its topic. Errors are `RegistryError`s, translated by
/// the driver.
package struct SQLDatabase: Sendable {
    let driver: any SQLDriver
    /// The time, which ends what the outside said of people.
    let clock: WallClock
    let freshness = Freshness()
    /// The name under which this opening of the database claims entries of the outbox.
    let claimant = SQLDatabase.randomID()
    /// Called before and after each read of the changes; nil but in tests.
    var changesObserver: (@Sendable (ChangesMoment) async throws -> Void)?

    init(driver: any SQLDriver, clock: WallClock = .system) {
        self.driver = driver
        self.clock = clock
    }

    /// Returns 128 random bits as hex text.
    static func randomID() -> String {
        HexCoding.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
    }

    package func close() async {
        await driver.close()
    }
}

/// The last cursor that was read, and the driver's mark from just before.
final class Freshness: Sendable {
    private struct Known {
        let mark: CommitMark
        let cursor: ChangeCursor
    }

    private let known = Mutex<Known?>(nil)

    /// Returns the present cursor if nothing was committed since it was read.
    func cursor(at mark: CommitMark?) -> ChangeCursor? {
        guard let mark else { return nil }
        return known.withLock { $0?.mark == mark ? $0?.cursor : nil }
    }

    /// Keeps a cursor that was read after the mark.
    func keep(_ cursor: ChangeCursor, readAfter mark: CommitMark?) {
        guard let mark else { return }
        known.withLock { $0 = Known(mark: mark, cursor: cursor) }
    }
}
