package import Registry

extension SQLDatabase {
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
}

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
}
