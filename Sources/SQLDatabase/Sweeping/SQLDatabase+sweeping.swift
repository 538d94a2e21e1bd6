package import PackagingStandards
package import Registry

extension SQLDatabase {
    /// For how long a removal is remembered, so that an upload under way stores its bytes again: microseconds.
    private static let removalMemory: Int64 = 24 * 3600 * 1_000_000

    package func removals() async throws -> Int64 {
        try await driver.read { try $0.removals() }
    }

    package func unnamedBlobs(among blobs: [BlobName], now: Timestamp) async throws -> Set<BlobName> {
        try await driver.read { connection in
            Set(try blobs.filter { try !connection.isNamed($0, at: now) })
        }
    }

    package func markForSweep(
        _ blobs: Set<BlobName>, now: Timestamp, dueIfMarkedBy moment: Timestamp
    ) async throws -> Set<BlobName> {
        guard !blobs.isEmpty else { return [] }
        return try await driver.write { connection in
            Set(try blobs.filter { try connection.mark($0, now: now) <= moment.microseconds })
        }
    }

    package func takeForSweep(_ blob: BlobName, now: Timestamp) async throws -> Bool {
        try await driver.write { connection in
            try connection.forgetRemovals(before: now.adding(microseconds: -Self.removalMemory))
            guard try !connection.isNamed(blob, at: now), try !connection.isTaken(blob, at: now) else { return false }
            let isTaken = try connection.exists(
                """
                UPDATE blobs SET taken_at = ?3 WHERE sha256 = ?1 AND name = ?2 AND marked_at IS NOT NULL
                RETURNING name
                """, SQLValue(blob.digest), .text(blob.name), SQLValue(now))
            if isTaken {
                try connection.forgetReplaced(blob, at: now)
                try connection.forgetBytes(of: blob)
            }
            return isTaken
        }
    }

    package func finishSweep(of blob: BlobName) async throws -> Bool {
        try await driver.write { connection in
            try connection.endSweep(of: blob)
        }
    }

    package func sweepAwaitsConfirmation() async throws -> Bool {
        try await driver.read { connection in
            try connection.exists(
                "SELECT only_row FROM installation WHERE only_row = 1 AND sweep_awaits_confirmation = 1")
        }
    }

    package func confirmSweep() async throws {
        try await driver.write { connection in
            try connection.execute("UPDATE installation SET sweep_awaits_confirmation = 0 WHERE only_row = 1")
        }
    }
}

extension SQLConnection {
    /// Returns whether a blob is named: by a published file, by a replaced one that is still served, or as core
    /// metadata by a pin.
    func isNamed(_ blob: BlobName, at now: Timestamp) throws -> Bool {
        if try isNamed(column: "sha256", blob.digest, filename: blob.name, at: now) { return true }
        guard let filename = blob.filenameOfMetadata else { return false }
        if try isNamed(column: "metadata_sha256", blob.digest, filename: filename, at: now) { return true }
        return try exists(BlobStatements.pinOfMetadata, SQLValue(blob.digest), .text(filename))
    }

    /// Remembers that a blob is to be removed, for uploads of the same bytes that are under way.
    func noteRemoval(of blob: BlobName, at moment: Timestamp) throws {
        try execute(
            """
            INSERT INTO blobs (sha256, name, taken_at) VALUES (?1, ?2, ?3)
            ON CONFLICT (sha256, name) DO UPDATE SET size = NULL, taken_at = excluded.taken_at
            WHERE blobs.marked_at IS NULL OR blobs.taken_at IS NULL
            """, SQLValue(blob.digest), .text(blob.name), SQLValue(moment))
    }

    private func isNamed(
        column: String, _ digest: SHA256Digest, filename: String, at now: Timestamp
    ) throws -> Bool {
        let isCurrent = try exists(
            "SELECT filename FROM files WHERE \(column) = ?1 AND filename = ?2 AND state = 'published' LIMIT 1",
            SQLValue(digest), .text(filename))
        guard !isCurrent else { return true }
        return try exists(
            "SELECT filename FROM replaced WHERE \(column) = ?1 AND filename = ?2 AND served_until > ?3 LIMIT 1",
            SQLValue(digest), .text(filename), SQLValue(now))
    }

    /// Marks an unnamed blob, and clears the mark of a named one. Returns since when it is marked, `.max` for a named
    /// one.
    fileprivate func mark(_ blob: BlobName, now: Timestamp) throws -> Int64 {
        guard try !isNamed(blob, at: now) else {
            try execute(
                """
                UPDATE blobs SET marked_at = NULL, taken_at = NULL, removed_as = NULL
                WHERE sha256 = ?1 AND name = ?2
                """,
                SQLValue(blob.digest), .text(blob.name))
            return .max
        }
        let since = try first(
            """
            INSERT INTO blobs (sha256, name, marked_at) VALUES (?1, ?2, ?3)
            ON CONFLICT (sha256, name) DO UPDATE SET marked_at = COALESCE(blobs.marked_at, excluded.marked_at)
            RETURNING marked_at
            """, SQLValue(blob.digest), .text(blob.name), SQLValue(now)
        ) { $0.integer(0) }
        return since ?? .max
    }

    /// Forgets the addresses of replaced files whose time is over and whose bytes go.
    fileprivate func forgetReplaced(_ blob: BlobName, at now: Timestamp) throws {
        try execute(
            "DELETE FROM replaced WHERE sha256 = ?1 AND filename = ?2 AND served_until <= ?3",
            SQLValue(blob.digest), .text(blob.name), SQLValue(now))
    }
}

/// The statements that look for who names bytes.
enum BlobStatements {
    static let pinOfMetadata = "SELECT filename FROM pins WHERE metadata_sha256 = ?1 AND filename = ?2 LIMIT 1"
}
