import Registry

/// A line for the audit.
struct AuditEntry {
    var action: String
    var index: IndexName?
    var project: String?
    var subject: String?
    var detail: String?

    init(
        _ action: String, index: IndexName? = nil, project: String? = nil, subject: String? = nil, detail: String? = nil
    ) {
        self.action = action
        self.index = index
        self.project = project
        self.subject = subject
        self.detail = detail
    }
}

extension SQLConnection {
    /// Adds a line to the audit.
    func record(_ entry: AuditEntry, by author: ChangeAuthor) throws {
        try execute(
            """
            INSERT INTO audit (happened_at, actor, actor_id, action, index_name, project_name, subject, detail)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """,
            SQLValue(author.at), .text(author.name), SQLValue(author.userID), .text(entry.action),
            SQLValue(entry.index?.description), SQLValue(entry.project), SQLValue(entry.subject), SQLValue(entry.detail)
        )
    }

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
}
