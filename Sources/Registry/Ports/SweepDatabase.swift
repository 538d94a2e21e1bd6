public import PackagingStandards

/// The role of the database that reports which bytes in storage nothing names, and lets them be removed.
public protocol SweepDatabase: RemovalDatabase {
    /// Returns which of these no file row names: neither a current file, as its bytes or metadata, nor a replaced one
    /// that is still served.
    func unnamedBlobs(among blobs: [BlobName], now: Timestamp) async throws -> Set<BlobName>

    /// Marks unnamed blobs for removal (the first mark's time stays). Returns which were marked at or before a moment.
    ///
    /// A blob that is named again by now is not marked, and its mark is cleared.
    func markForSweep(
        _ blobs: Set<BlobName>, now: Timestamp, dueIfMarkedBy moment: Timestamp
    ) async throws -> Set<BlobName>

    /// Takes a marked blob for removal. Returns true if it is still unnamed and marked, and no other sweep holds it.
    ///
    /// From then until `finishSweep`, or for a minute, a publish that needs the blob is answered `.beingSwept`.
    func takeForSweep(_ blob: BlobName, now: Timestamp) async throws -> Bool

    /// Notes that a taken blob's bytes have been removed, under the next number of a removal.
    ///
    /// - Returns: False if the hold was lost meanwhile: a file may name the bytes by now, and they must be stored
    ///   again.
    func finishSweep(of blob: BlobName) async throws -> Bool

    /// Returns whether a rebuild or restore has happened since somebody last confirmed that sweeping is safe.
    func sweepAwaitsConfirmation() async throws -> Bool

    /// Notes that somebody has confirmed: sweeping is safe.
    func confirmSweep() async throws
}
