import Registry

/// What an administrator should know of the server.
enum PostgreSQLHealth {
    static func read(from connection: any SQLConnection, poolSize: Int) throws -> SQLHealth {
        let found = try connection.first(
            """
            SELECT current_setting('server_version'), current_setting('server_version_num')::bigint,
                pg_encoding_to_char(d.encoding), pg_database_size(d.oid), pg_is_in_recovery(), d.datconnlimit::bigint,
                r.rolconnlimit::bigint,
                current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
                current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes')
            FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user
            """
        ) { row in
            (
                health: SQLHealth(
                    problems: [],
                    details: ["PostgreSQL \(row.text(0)), \(row.integer(3)) bytes"]),
                version: row.integer(1), encoding: row.text(2), isStandby: row.flag(4),
                limits: [row.integer(5), row.integer(6), row.integer(7)], synchronousCommit: row.text(8),
                fsync: row.text(9), fullPages: row.text(10)
            )
        }
        guard let found else { throw StoredValue.contradiction("a database of PostgreSQL", "none") }
        var health = found.health
        func expect(_ isWell: Bool, _ problem: String) { if !isWell { health.problems.append(problem) } }
        expect(
            found.version >= Int64(PostgreSQLConnection.oldestVersion),
            "the server is too old: Cellar needs PostgreSQL 14 or later")
        expect(found.encoding == "UTF8", "the encoding of the database is \(found.encoding), and must be UTF8")
        expect(!found.isStandby, "the server is a standby, which takes no changes")
        let allowed = found.limits.filter { $0 >= 0 }.min() ?? 0
        expect(
            allowed >= Int64(poolSize),
            "the server allows \(allowed) connections, and each server of Cellar makes up to \(poolSize): raise the "
                + "limit, or lower database.pool_size")
        expect(
            found.synchronousCommit != "off",
            "synchronous_commit is off: what was answered may be lost if the server of the database fails")
        expect(
            found.fsync == "on" && found.fullPages == "on",
            "fsync or full_page_writes is off: the database may be lost if its machine fails")
        return health
    }
}
