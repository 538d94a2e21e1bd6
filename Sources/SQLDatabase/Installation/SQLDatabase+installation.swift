package import Registry

extension SQLDatabase {
    package func installationID() async throws -> String {
        let read = "SELECT id FROM installation WHERE only_row = 1"
        let known = try await driver.read { try $0.first(read) { $0.text(0) } }
        if let known, !known.isEmpty { return known }
        let fresh = Self.randomID()
        let chosen = try await driver.write { connection in
            try connection.execute("UPDATE installation SET id = ?1 WHERE only_row = 1 AND id = ''", .text(fresh))
            return try connection.first(read) { $0.text(0) }
        }
        guard let chosen else { throw StoredValue.contradiction("an installation", "none") }
        return chosen
    }

    package func setupSecret(orElse fresh: String) async throws -> String {
        let chosen = try await driver.write { connection in
            try connection.execute(
                "UPDATE installation SET setup_secret = ?1 WHERE only_row = 1 AND setup_secret = ''", .text(fresh))
            return try connection.first("SELECT setup_secret FROM installation WHERE only_row = 1") { $0.text(0) }
        }
        guard let chosen else { throw StoredValue.contradiction("an installation", "none") }
        return chosen
    }

    package func isEmpty() async throws -> Bool {
        try await driver.read { try !$0.exists("SELECT id FROM projects LIMIT 1") }
    }

    package func declareIndexes(_ names: [IndexName]) async throws {
        let wanted = Set(names)
        let present = try await driver.read { try $0.declaredIndexes() }
        guard present != wanted else { return }
        try await driver.write { connection in
            try connection.execute("UPDATE indexes SET is_declared = 0 WHERE is_declared = 1")
            for name in wanted.sorted(by: { $0.description < $1.description }) {
                try connection.ensureIndex(name, serial: 0)
                try connection.execute("UPDATE indexes SET is_declared = 1 WHERE name = ?1", .text(name.description))
            }
        }
    }
}

extension SQLConnection {
    fileprivate func declaredIndexes() throws -> Set<IndexName> {
        Set(try all("SELECT name FROM indexes WHERE is_declared = 1") { try StoredValue.index($0.text(0)) })
    }
}

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
