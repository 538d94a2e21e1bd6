import PackagingStandards
import Registry

/// How long a blob that a sweep took, and never finished, is held back: microseconds.
private let sweepPatience: Int64 = 60_000_000

extension SQLConnection {
    /// Whether a sweep or a purge is removing bytes that are about to be named, or has ended a removal of them since
    /// they were stored.
    ///
    /// What counts is the end of a removal: bytes that were stored while it went on may be the ones that it took away.
    /// At `now` a sweep that never finished has lost its hold, a minute after its taking.
    func isBeingSwept(_ blobs: [BlobName], at now: Timestamp, storedAfter: Int64) throws -> Bool {
        try blobs.contains {
            try isBeingRemoved($0, at: now) || wasRemoved($0, storedAfter: storedAfter)
        }
    }

    /// Notes that the removal of a blob has ended, if `condition` holds of its row; says whether it was noted.
    func endRemoval(of blob: BlobName, only condition: String = "1 = 1") throws -> Bool {
        let number = try first(
            "UPDATE installation SET removals = removals + 1 WHERE only_row = 1 RETURNING removals"
        ) { $0.integer(0) }
        return try exists(
            """
            UPDATE blobs SET size = NULL, marked_at = NULL, removed_as = ?3 WHERE sha256 = ?1 AND name = ?2
                AND \(condition)
            RETURNING name
            """, SQLValue(blob.digest), .text(blob.name), SQLValue(number))
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
        let isTaken = try exists(
            """
            SELECT name FROM blobs WHERE sha256 = ?1 AND name = ?2 AND marked_at IS NOT NULL
                AND taken_at > CAST(?3 AS BIGINT)
            """, SQLValue(blob.digest), .text(blob.name), .integer(moment.microseconds - sweepPatience))
        guard !isTaken else { return true }
        return try exists(
            "SELECT id FROM outbox WHERE sha256 = ?1 AND blob_name = ?2 LIMIT 1", SQLValue(blob.digest),
            .text(blob.name))
    }

    private func wasRemoved(_ blob: BlobName, storedAfter: Int64) throws -> Bool {
        try exists(
            "SELECT name FROM blobs WHERE sha256 = ?1 AND name = ?2 AND removed_as > CAST(?3 AS BIGINT)",
            SQLValue(blob.digest), .text(blob.name), .integer(storedAfter))
    }
}
