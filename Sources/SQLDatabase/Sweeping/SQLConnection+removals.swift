import PackagingStandards
import Registry

/// How long a blob that a sweep took, and never finished, is held back: microseconds.
private let sweepPatience: Int64 = 60_000_000

extension SQLConnection {
    /// Returns the number of the last removal that has ended.
    func removals() throws -> Int64 {
        try first("SELECT removals FROM installation WHERE only_row = 1") { $0.integer(0) } ?? 0
    }

    /// Returns whether a sweep or a purge is removing bytes that are about to be named, or has ended a removal of them
    /// since they were stored.
    ///
    /// What counts is the end of a removal: bytes that were stored while it went on may be the ones that it took away.
    /// A sweep that never finished has lost its hold a minute after it took a blob.
    func isBeingSwept(_ blobs: [BlobName], at now: Timestamp, storedAfter: Int64) throws -> Bool {
        let forgotten = try first("SELECT forgotten_removals FROM installation WHERE only_row = 1") { $0.integer(0) }
        if let forgotten, storedAfter < forgotten { return true }
        return try blobs.contains {
            try isBeingRemoved($0, at: now) || wasRemoved($0, storedAfter: storedAfter)
        }
    }

    /// Forgets removals that began before a moment, but for the highest of their numbers.
    func forgetRemovals(before moment: Timestamp) throws {
        let isOld = """
            taken_at < CAST(?1 AS BIGINT) AND marked_at IS NULL AND NOT EXISTS (
                SELECT id FROM outbox WHERE outbox.sha256 = blobs.sha256 AND outbox.blob_name = blobs.name
                    AND outbox.task = 'removal')
            """
        let highest = try first("SELECT MAX(removed_as) FROM blobs WHERE \(isOld)", SQLValue(moment)) {
            $0.optionalInteger(0)
        }
        if let highest = highest ?? nil {
            try execute(
                """
                UPDATE installation SET forgotten_removals = ?1 WHERE only_row = 1 AND forgotten_removals < ?1
                """, .integer(highest))
        }
        try execute("DELETE FROM blobs WHERE \(isOld)", SQLValue(moment))
    }

    /// Notes that a sweep has removed a blob that it took. Returns whether it still held it.
    func endSweep(of blob: BlobName) throws -> Bool {
        try exists(
            """
            UPDATE blobs SET size = NULL, marked_at = NULL, removed_as = ?3 WHERE sha256 = ?1 AND name = ?2
                AND taken_at IS NOT NULL
            RETURNING name
            """, SQLValue(blob.digest), .text(blob.name), .integer(try nextRemoval()))
    }

    /// Notes that a blob has been removed for a purge. A sweep that holds it still does.
    func endPurge(of blob: BlobName) throws {
        try execute(
            """
            INSERT INTO blobs (sha256, name, removed_as) VALUES (?1, ?2, ?3)
            ON CONFLICT (sha256, name) DO UPDATE SET size = NULL, removed_as = excluded.removed_as
            """, SQLValue(blob.digest), .text(blob.name), .integer(try nextRemoval()))
    }

    private func nextRemoval() throws -> Int64 {
        let number = try first(
            "UPDATE installation SET removals = removals + 1 WHERE only_row = 1 RETURNING removals"
        ) { $0.integer(0) }
        guard let number else { throw StoredValue.contradiction("the installation", "no row") }
        return number
    }

    /// Returns whether a sweep holds a blob: it has taken it, not long ago, and not finished.
    func isTaken(_ blob: BlobName, at now: Timestamp) throws -> Bool {
        try exists(
            """
            SELECT name FROM blobs WHERE sha256 = ?1 AND name = ?2 AND marked_at IS NOT NULL
                AND taken_at > CAST(?3 AS BIGINT)
            """, SQLValue(blob.digest), .text(blob.name), .integer(now.microseconds - sweepPatience))
    }

    /// Forgets bytes that storage may not have synced yet, because they are about to be removed.
    func forgetBytes(of blob: BlobName) throws {
        try execute(
            "DELETE FROM outbox WHERE sha256 = ?1 AND blob_name = ?2 AND task = 'bytes'", SQLValue(blob.digest),
            .text(blob.name))
    }

    /// Keeps a blob's row, with no mark of a sweep.
    func keepBlob(_ blob: BlobName, size: Int64?) throws {
        try execute(
            """
            INSERT INTO blobs (sha256, name, size) VALUES (?1, ?2, ?3)
            ON CONFLICT (sha256, name) DO UPDATE SET size = excluded.size, marked_at = NULL, taken_at = NULL,
                removed_as = NULL
            """, SQLValue(blob.digest), .text(blob.name), SQLValue(size))
    }

    private func isBeingRemoved(_ blob: BlobName, at moment: Timestamp) throws -> Bool {
        if try isTaken(blob, at: moment) { return true }
        return try exists(
            "SELECT id FROM outbox WHERE sha256 = ?1 AND blob_name = ?2 AND task = 'removal' LIMIT 1",
            SQLValue(blob.digest), .text(blob.name))
    }

    private func wasRemoved(_ blob: BlobName, storedAfter: Int64) throws -> Bool {
        try exists(
            "SELECT name FROM blobs WHERE sha256 = ?1 AND name = ?2 AND removed_as > CAST(?3 AS BIGINT)",
            SQLValue(blob.digest), .text(blob.name), .integer(storedAfter))
    }
}
