import PackagingStandards
import Registry

/// How long a blob that a sweep took, and never finished, is held back: microseconds.
private let sweepPatience: Int64 = 60_000_000

extension SQLConnection {
    /// Whether a sweep or a purge is removing bytes that are about to be named, or has removed them since a moment
    /// before which they were not stored yet.
    ///
    /// A removal that is over is forgotten: the bytes are stored again, and the next try goes on. By `now` a sweep
    /// that never finished has lost its hold, a minute after its taking.
    func isBeingSwept(_ blobs: [BlobName], at now: Timestamp, since moment: Timestamp) throws -> Bool {
        var isBeingSwept = false
        for blob in blobs {
            let isHeldBack = try isBeingRemoved(blob, at: now)
            let wasRemoved = try isHeldBack ? false : forgetRemoval(of: blob, since: moment)
            isBeingSwept = isBeingSwept || isHeldBack || wasRemoved
        }
        return isBeingSwept
    }

    /// Keeps a blob's row, with no mark of a sweep.
    func keepBlob(_ blob: BlobName, size: Int64?) throws {
        try execute(
            """
            INSERT INTO blobs (sha256, name, size) VALUES (?1, ?2, ?3)
            ON CONFLICT (sha256, name) DO UPDATE SET size = excluded.size, marked_at = NULL, taken_at = NULL
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

    private func forgetRemoval(of blob: BlobName, since moment: Timestamp) throws -> Bool {
        try exists(
            """
            DELETE FROM blobs WHERE sha256 = ?1 AND name = ?2 AND marked_at IS NULL AND taken_at >= CAST(?3 AS BIGINT)
            RETURNING name
            """, SQLValue(blob.digest), .text(blob.name), SQLValue(moment))
    }
}
