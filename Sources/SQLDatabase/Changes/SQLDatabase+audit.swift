package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func audit(_ query: AuditQuery) async throws -> [AuditLine] {
        try await driver.read { try $0.auditLines(query) }
    }

    package func record(_ refused: [RefusedRequests]) async throws {
        try await driver.write { connection in
            for requests in refused { try connection.record(requests) }
        }
    }

    package func claimAudit(for receiver: String, limit: Int, now: Timestamp) async throws -> [AuditLine] {
        // Looked at first, so that a quiet second costs no transaction that writes.
        let hasNone = try await driver.read { connection in
            try !connection.exists(
                """
                SELECT 1 FROM audit
                WHERE id > COALESCE((SELECT last_id FROM audit_receivers WHERE name = ?1), 0) LIMIT 1
                """, .text(receiver))
        }
        if hasNone { return [] }
        let claimant = claimant
        return try await driver.write { connection in
            try connection.execute(
                """
                INSERT INTO audit_receivers (name, last_id) VALUES (?1, 0) ON CONFLICT (name) DO NOTHING
                """, .text(receiver))
            let last = try connection.first(
                """
                UPDATE audit_receivers SET claimed_by = ?1, claimed_until = ?2
                WHERE name = ?3 AND (claimed_until IS NULL OR claimed_until <= CAST(?4 AS BIGINT) OR claimed_by = ?1)
                RETURNING last_id
                """,
                .text(claimant), SQLValue(now.adding(microseconds: AuditLease.duration)), .text(receiver), SQLValue(now)
            ) { $0.integer(0) }
            guard let last else { return [] }
            return try connection.all(
                "SELECT \(AuditColumns.names) FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2",
                .integer(last), SQLValue(limit), read: AuditColumns.line)
        }
    }

    package func completeAudit(for receiver: String, through id: Int64?) async throws {
        let claimant = claimant
        try await driver.write { connection in
            try connection.execute(
                """
                UPDATE audit_receivers SET last_id = COALESCE(?1, last_id), claimed_by = NULL, claimed_until = NULL
                WHERE name = ?2 AND claimed_by = ?3
                """, SQLValue(id), .text(receiver), .text(claimant))
        }
    }
}

/// The columns of the audit, as lines are made of them.
private enum AuditColumns {
    static let names = """
        id, happened_at, actor, action, index_name, project_name, subject, detail, address, request_id, times, token_id,
            token_name, tag
        """

    static func line(_ row: any SQLRow) -> AuditLine {
        AuditLine(
            id: row.integer(0), at: row.timestamp(1), actor: row.text(2), action: row.text(3),
            index: row.optionalText(4), project: row.optionalText(5), subject: row.optionalText(6),
            detail: row.optionalText(7),
            token: row.optionalInteger(11).map { TokenMark(id: $0, name: row.text(12)) }, tag: row.optionalText(13),
            origin: ChangeOrigin(address: row.optionalText(8), requestID: row.optionalText(9)), times: row.integer(10))
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
            INSERT INTO audit (happened_at, actor, actor_id, action, index_name, project_name, subject, detail, address,
                request_id, token_id, token_name, tag)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            """,
            SQLValue(author.at), .text(author.name), SQLValue(author.userID), .text(entry.action),
            SQLValue(entry.index?.description), SQLValue(entry.project), SQLValue(entry.subject),
            SQLValue(entry.detail), SQLValue(author.origin.address), SQLValue(author.origin.requestID),
            SQLValue(author.token?.id), SQLValue(author.token?.name), SQLValue(author.tag))
    }

    fileprivate func record(_ requests: RefusedRequests) throws {
        try execute(
            """
            INSERT INTO audit (happened_at, actor, action, subject, detail, address, times)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """,
            SQLValue(requests.at), .text(requests.actor), .text(requests.action), .text(requests.subject),
            .text(requests.detail), SQLValue(requests.address), .integer(requests.count))
    }

    /// Returns the newest lines that a query asks for. Conditions that were not asked for are left out, so that the
    /// database reads from the newest line backwards and stops at the limit.
    fileprivate func auditLines(_ query: AuditQuery) throws -> [AuditLine] {
        var conditions: [String] = []
        var values: [SQLValue] = []
        func demand(_ condition: String, _ value: SQLValue?) {
            guard let value else { return }
            values.append(value)
            conditions.append(condition.replacing("?", with: "?\(values.count)"))
        }
        demand("id < ?", query.before.map(SQLValue.integer))
        demand("happened_at >= ?", query.since.map { SQLValue($0) })
        demand("happened_at < ?", query.until.map { SQLValue($0) })
        demand("actor = ?", query.actor.map(SQLValue.text))
        demand("index_name = ?", query.index.map { .text($0.description) })
        demand("project_name = ?", query.project.map { .text($0.description) })
        demand("address = ?", query.address.map(SQLValue.text))
        demand(
            "(actor = ? OR (subject = ? AND substr(action, 1, 5) = 'user.'))", query.account.map(SQLValue.text))
        if let action = query.action {
            // A word without a period stands for all actions that begin with it.
            demand(
                action.contains(".") ? "action = ?" : "substr(action, 1, length(?)) = ?",
                .text(action.contains(".") ? action : action + "."))
        }
        values.append(SQLValue(query.limit))
        var lines: [AuditLine] = []
        try run(
            """
            SELECT \(AuditColumns.names) FROM audit
            \(conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "))
            ORDER BY id DESC LIMIT ?\(values.count)
            """, values
        ) { lines.append(AuditColumns.line($0)) }
        return lines
    }
}
