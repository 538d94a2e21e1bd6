package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func claimOutbox(limit: Int, now: Timestamp) async throws -> [OutboxEntry] {
        let claimant = claimant
        let entries = try await driver.read { try $0.outbox(limit: limit, for: claimant, now: now) }
        // Manifests need no claim, so that a publish costs no further transaction that writes.
        guard entries.contains(where: \.isRemoval) else { return entries }
        return try await driver.write { connection in
            let entries = try connection.outbox(limit: limit, for: claimant, now: now)
            for entry in entries where entry.isRemoval { try connection.hold(entry, for: claimant, now: now) }
            return entries
        }
    }

    package func permitRemoval(_ entry: OutboxEntry, now: Timestamp) async throws -> Bool {
        guard case .removeBlob(let blob) = entry.task else { return false }
        let claimant = claimant
        return try await driver.write { connection in
            guard try connection.isHeld(entry, by: claimant) else { return false }
            guard try !connection.isNamed(blob, at: now) else {
                try connection.dequeue(entry)
                return false
            }
            try connection.forgetBytes(of: blob)
            try connection.hold(entry, for: claimant, now: now)
            return true
        }
    }

    package func keptBytes(of entry: OutboxEntry) async throws -> [UInt8]? {
        try await driver.read { connection in
            try connection.first("SELECT bytes FROM outbox WHERE id = ?1", .integer(entry.id)) { $0.bytes(0) }
        }
    }

    package func completeStored(_ entries: [OutboxEntry], now: Timestamp) async throws -> Bool {
        try await driver.write { connection in
            var mustRemove = false
            for entry in entries {
                guard case .keepBlob(let blob) = entry.task,
                    try !connection.exists("DELETE FROM outbox WHERE id = ?1 RETURNING id", .integer(entry.id)),
                    try !connection.isNamed(blob, at: now)
                else { continue }
                try connection.enqueueRemoval(of: blob)
                try connection.noteRemoval(of: blob, at: now)
                mustRemove = true
            }
            return mustRemove
        }
    }

    package func completeOutbox(_ entries: [OutboxEntry], now: Timestamp) async throws -> Set<BlobName> {
        guard !entries.isEmpty else { return [] }
        let claimant = claimant
        return try await driver.write { connection in
            var lost: Set<BlobName> = []
            for entry in entries {
                guard case .removeBlob(let blob) = entry.task else {
                    try connection.dequeue(entry)
                    continue
                }
                if try connection.isHeld(entry, by: claimant) { try connection.dequeue(entry) }
                // The bytes are removed, whoever holds the entry by now: those who stored them before must store them
                // again.
                try connection.endPurge(of: blob)
                if try connection.isNamed(blob, at: now) { lost.insert(blob) }
            }
            return lost
        }
    }
}

extension SQLConnection {
    /// Leaves a manifest to be written after the transaction.
    func enqueueManifest(_ key: StorageKey, text: String) throws {
        try execute(
            "INSERT INTO outbox (task, storage_key, body) VALUES ('manifest', ?1, ?2)",
            .text(key.description), .text(text))
    }

    /// Leaves bytes to be removed after the transaction.
    func enqueueRemoval(of blob: BlobName) throws {
        try execute(
            "INSERT INTO outbox (task, sha256, blob_name) VALUES ('removal', ?1, ?2)",
            SQLValue(blob.digest), .text(blob.name))
    }

    /// Keeps bytes until storage has synced them.
    func enqueueBytes(of blob: UnsyncedBlob) throws {
        try execute(
            "INSERT INTO outbox (task, sha256, blob_name, bytes) VALUES ('bytes', ?1, ?2, ?3)",
            SQLValue(blob.name.digest), .text(blob.name.name), .bytes(blob.bytes))
    }

    /// Returns the id of the last entry, or 0 if there is none; every later entry has a higher one.
    func lastOutboxID() throws -> Int64 {
        try first("SELECT MAX(id) FROM outbox") { $0.integer(0) } ?? 0
    }

    /// Returns what is to be done after the transaction, of the entries after one, without removals.
    func promises(after id: Int64) throws -> [OutboxEntry] {
        try all(
            """
            SELECT id, task, storage_key, body, sha256, blob_name FROM outbox
            WHERE id > ?1 AND task <> 'removal' ORDER BY id
            """,
            .integer(id)
        ) { OutboxEntry(id: $0.integer(0), task: try StoredValue.task($0)) }
    }

    fileprivate func outbox(limit: Int, for claimant: String, now: Timestamp) throws -> [OutboxEntry] {
        try all(
            """
            SELECT id, task, storage_key, body, sha256, blob_name FROM outbox
            WHERE claimed_until IS NULL OR claimed_until <= CAST(?1 AS BIGINT) OR claimed_by = ?2 ORDER BY id LIMIT ?3
            """, SQLValue(now), .text(claimant), SQLValue(limit)
        ) { row in
            OutboxEntry(id: row.integer(0), task: try StoredValue.task(row))
        }
    }

    fileprivate func hold(_ entry: OutboxEntry, for claimant: String, now: Timestamp) throws {
        try execute(
            "UPDATE outbox SET claimed_by = ?2, claimed_until = ?3 WHERE id = ?1", .integer(entry.id),
            .text(claimant), SQLValue(now.adding(microseconds: OutboxEntry.lease)))
    }

    fileprivate func isHeld(_ entry: OutboxEntry, by claimant: String) throws -> Bool {
        try exists(
            "SELECT id FROM outbox WHERE id = ?1 AND claimed_by = ?2", .integer(entry.id), .text(claimant))
    }

    fileprivate func dequeue(_ entry: OutboxEntry) throws {
        try execute("DELETE FROM outbox WHERE id = ?1", .integer(entry.id))
    }
}

extension OutboxEntry {
    fileprivate var isRemoval: Bool {
        if case .removeBlob = task { true } else { false }
    }
}

extension StoredValue {
    fileprivate static func task(_ row: any SQLRow) throws -> OutboxEntry.Task {
        switch row.text(1) {
        case "manifest":
            .writeManifest(StorageKey(listed: row.text(2)), text: row.text(3))
        case "bytes":
            .keepBlob(BlobName(digest: try row.requiredDigest(4), name: row.text(5)))
        case "removal":
            .removeBlob(BlobName(digest: try row.requiredDigest(4), name: row.text(5)))
        default:
            throw StoredValue.contradiction("a task of the outbox", row.text(1))
        }
    }
}
