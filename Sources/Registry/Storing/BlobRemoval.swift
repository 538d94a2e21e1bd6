import Logging
import PackagingStandards

/// Removes bytes that nothing names from storage, so that a concurrent publish or fetch of the same bytes is safe.
struct BlobRemoval: Sendable {
    let database: any SweepDatabase & OutboxDatabase
    let storage: any Storage
    let clock: WallClock
    let logger: Logger

    /// Removes a blob if it is still unnamed. Returns whether it did.
    ///
    /// A publish respects the taking for a minute, so a sweep that was delayed by half of it leaves the blob to the
    /// next one. If the removal itself was delayed longer, and a file names the bytes by now, the log says so:
    /// uploading the same file again stores them again.
    func removeUnnamed(_ blob: BlobName) async throws -> Bool {
        let taken = clock.now()
        guard try await database.takeForSweep(blob, now: taken) else { return false }
        guard clock.now() < taken.adding(microseconds: 30_000_000) else { return false }
        try await storage.remove(.blob(blob))
        guard try await database.finishSweep(of: blob) else {
            warnOfLate(blob)
            return false
        }
        return true
    }

    /// Removes a blob for an entry of the outbox, if this process still holds the entry and no file names the blob
    /// again. Returns whether it did.
    ///
    /// A removal that was delayed by half of its lease is left to the next claim: it could end after another process
    /// has claimed it and ended it.
    func remove(_ blob: BlobName, promisedBy entry: OutboxEntry) async throws -> Bool {
        let permitted = clock.now()
        guard try await database.permitRemoval(entry, now: permitted) else { return false }
        guard clock.now() < permitted.adding(microseconds: OutboxEntry.lease / 2) else { return false }
        try await storage.remove(.blob(blob))
        return true
    }

    /// Logs that bytes are gone though a file may name them: only an uploader can repair that.
    func warnOfLate(_ blob: BlobName) {
        logger.critical(
            "bytes were removed so slowly that a file may name them by now: if `cellar check` says so, upload it again",
            metadata: ["file": "\(blob.name)", "sha256": "\(blob.digest)"])
    }

    /// Removes the bytes of files that are no longer cached.
    func removeFreed(of pruned: [CachedFile]) async throws {
        try await removeFreed(Set(pruned.map { BlobName(digest: $0.sha256, name: $0.filename) }))
    }

    /// Removes bytes that were named until now, by the steps of a sweep, so that a concurrent fetch or publish of the
    /// same bytes is safe. What cannot be removed now is left to the next sweep.
    func removeFreed(_ blobs: Set<BlobName>) async throws {
        guard !blobs.isEmpty else { return }
        let now = clock.now()
        for blob in try await database.markForSweep(blobs, now: now, dueIfMarkedBy: now) {
            _ = try await removeUnnamed(blob)
        }
    }
}
