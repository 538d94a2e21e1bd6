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
