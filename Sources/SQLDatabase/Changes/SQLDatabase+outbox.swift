package import Registry

extension SQLDatabase {
    package func outbox(limit: Int) async throws -> [OutboxEntry] {
        try await driver.read { connection in
            try connection.all(
                "SELECT id, task, storage_key, body, sha256, blob_name FROM outbox ORDER BY id LIMIT ?1",
                SQLValue(limit)
            ) { row in
                OutboxEntry(id: row.integer(0), task: try Self.task(row))
            }
        }
    }

    package func completeOutbox(_ ids: [Int64]) async throws {
        guard !ids.isEmpty else { return }
        try await driver.write { connection in
            for id in ids {
                let task = try connection.first(
                    "DELETE FROM outbox WHERE id = ?1 RETURNING id, task, storage_key, body, sha256, blob_name",
                    .integer(id), read: Self.task)
                guard case .removeBlob(let blob)? = task else { continue }
                try connection.endPurge(of: blob)
            }
        }
    }

    package func audit(limit: Int, before id: Int64?) async throws -> [AuditLine] {
        try await driver.read { connection in
            try connection.all(
                """
                SELECT id, happened_at, actor, action, index_name, project_name, subject, detail FROM audit
                WHERE id < ?1 ORDER BY id DESC LIMIT ?2
                """, .integer(id ?? .max), SQLValue(limit)
            ) { row in
                AuditLine(
                    id: row.integer(0), at: row.timestamp(1), actor: row.text(2), action: row.text(3),
                    index: row.optionalText(4), project: row.optionalText(5), subject: row.optionalText(6),
                    detail: row.optionalText(7))
            }
        }
    }

    private static func task(_ row: any SQLRow) throws -> OutboxEntry.Task {
        switch row.text(1) {
        case "manifest":
            .writeManifest(StorageKey(listed: row.text(2)), text: row.text(3))
        case "removal":
            .removeBlob(BlobName(digest: try row.requiredDigest(4), name: row.text(5)))
        default:
            throw StoredValue.contradiction("a task of the outbox", row.text(1))
        }
    }
}
