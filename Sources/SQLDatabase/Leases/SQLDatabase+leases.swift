package import Registry

extension SQLDatabase {
    package func takeLease(
        _ name: LeaseName, for holder: String, lasting duration: Int64
    ) async throws -> Lease? {
        let now = driver.dialect.now
        return try await driver.write { connection in
            let fence = try connection.first(
                """
                INSERT INTO leases (name, holder, fence, held_until) VALUES (?1, ?2, 1, \(now) + CAST(?3 AS BIGINT))
                ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until,
                    fence = CASE WHEN leases.holder = excluded.holder AND leases.held_until > \(now)
                        THEN leases.fence ELSE leases.fence + 1 END
                WHERE leases.holder = excluded.holder OR leases.held_until <= \(now)
                RETURNING fence
                """, .text(name.description), .text(holder), .integer(duration)
            ) { $0.integer(0) }
            return fence.map { Lease(name: name, holder: holder, fence: $0) }
        }
    }

    package func renewLease(_ lease: Lease, lasting duration: Int64) async throws -> Bool {
        let now = driver.dialect.now
        return try await driver.write { connection in
            try connection.exists(
                """
                UPDATE leases SET held_until = \(now) + CAST(?4 AS BIGINT)
                WHERE name = ?1 AND holder = ?2 AND fence = ?3 AND held_until > \(now)
                RETURNING fence
                """, .text(lease.name.description), .text(lease.holder), .integer(lease.fence), .integer(duration))
        }
    }

    package func endLease(_ lease: Lease) async throws {
        let now = driver.dialect.now
        try await driver.write { connection in
            // The row stays for a day, so that the number of the next lease is higher.
            try connection.execute(
                """
                UPDATE leases SET held_until = \(now)
                WHERE name = ?1 AND holder = ?2 AND fence = ?3 AND held_until > \(now)
                """, .text(lease.name.description), .text(lease.holder), .integer(lease.fence))
        }
    }

    package func noteReplica(_ replica: ReplicaDescription, lasting duration: Int64) async throws -> ReplicaView {
        let now = driver.dialect.now
        return try await driver.write { connection in
            try connection.execute(
                """
                INSERT INTO replicas (id, name, version, configuration, started_at, seen_at, counts_until)
                VALUES (?1, ?2, ?3, ?4, \(now), \(now), \(now) + CAST(?5 AS BIGINT))
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = excluded.version,
                    configuration = excluded.configuration, seen_at = excluded.seen_at,
                    counts_until = excluded.counts_until
                """, .text(replica.id), .text(replica.name), .text(replica.version), .text(replica.configuration),
                .integer(duration))
            try connection.execute("DELETE FROM replicas WHERE counts_until < \(now) - \(ReplicaMemory.duration)")
            try connection.execute("DELETE FROM leases WHERE held_until < \(now) - \(ReplicaMemory.duration)")
            try connection.execute("DELETE FROM login_guesses WHERE wait_until < \(now) - \(GuessMemory.duration)")
            return ReplicaView(
                others: try connection.replicas(now: now).filter { $0.description.id != replica.id },
                isRebuilding: try connection.exists(
                    "SELECT fence FROM leases WHERE name = ?1 AND held_until > \(now)",
                    .text(LeaseName.rebuild.description)))
        }
    }

    package func forgetReplica(_ id: String) async throws {
        try await driver.write { try $0.execute("DELETE FROM replicas WHERE id = ?1", .text(id)) }
    }

    package func replicas() async throws -> [Replica] {
        let now = driver.dialect.now
        return try await driver.read { try $0.replicas(now: now) }
    }
}

/// How long leases and replicas that have ended are remembered.
private enum ReplicaMemory {
    /// Microseconds: a day.
    static let duration: Int64 = 86_400_000_000
}

extension SQLConnection {
    /// Returns the replicas at work, in the order of their starts; `now` is the database's clock in SQL.
    fileprivate func replicas(now: String) throws -> [Replica] {
        try all(
            """
            SELECT id, name, version, configuration, started_at, seen_at FROM replicas WHERE counts_until > \(now)
            ORDER BY started_at, id
            """
        ) { row in
            Replica(
                description: ReplicaDescription(
                    id: row.text(0), name: row.text(1), version: row.text(2), configuration: row.text(3)),
                startedAt: row.timestamp(4), seenAt: row.timestamp(5))
        }
    }
}
