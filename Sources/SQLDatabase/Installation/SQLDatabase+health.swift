package import Registry

extension SQLDatabase {
    package func check() async throws -> DatabaseHealth {
        let files = try await driver.health()
        let counts = try await driver.read { connection in
            try [
                ("projects", "SELECT COUNT(*) FROM projects"),
                ("files", "SELECT COUNT(*) FROM files WHERE state = 'published'"),
                (
                    "cached files",
                    "SELECT COUNT(*) FROM files WHERE source_upstream IS NOT NULL AND state = 'published'"
                ),
                ("people", "SELECT COUNT(*) FROM users"),
                ("tasks waiting in the outbox", "SELECT COUNT(*) FROM outbox"),
            ].map { name, sql in
                "\(try connection.first(sql) { $0.integer(0) } ?? 0) \(name)"
            }
        }
        let schema = try await driver.read { connection in
            try connection.first("SELECT version FROM schema WHERE only_row = 1") { $0.integer(0) } ?? 0
        }
        return DatabaseHealth(
            isHealthy: files.problems.isEmpty,
            details: files.problems + files.details + ["schema \(schema)"] + counts)
    }
}
