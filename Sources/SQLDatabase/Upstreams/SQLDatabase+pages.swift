package import PackagingStandards
package import Registry

extension SQLDatabase {
    /// How many pins one transaction writes: it takes a few milliseconds.
    private static let pinsAtOnce = 1_000

    package func upstreamPageState(
        of project: NormalizedName, from upstream: String
    ) async throws -> UpstreamPageState? {
        try await driver.read { connection in
            try connection.first(
                UpstreamStatements.pageState, .text(upstream), SQLValue(project), read: UpstreamPageState.init)
        }
    }

    package func upstreamPage(of project: NormalizedName, from upstream: String) async throws -> StoredUpstreamPage? {
        try await driver.read { connection in
            try connection.first(UpstreamStatements.page, .text(upstream), SQLValue(project)) { row in
                StoredUpstreamPage(
                    upstream: upstream, project: project, state: UpstreamPageState(row), body: row.text(4))
            }
        }
    }

    package func keepUpstreamPage(
        _ page: StoredUpstreamPage, pins: [UpstreamPin], following: UpstreamFollowing?
    ) async throws {
        // What can be computed before is, so that the only writer is held for writing alone.
        let digest = SHA256Digest(hashing: Array(page.body.utf8))
        let known = try await self.pins(of: page.project, from: page.upstream)
        var news = pins.filter { $0.tellsMore(than: known[$0.filename]) }[...]
        while news.count > Self.pinsAtOnce {
            let step = news.prefix(Self.pinsAtOnce)
            try await driver.write { try $0.see(step, project: page.project, upstream: page.upstream) }
            news = news.dropFirst(Self.pinsAtOnce)
        }
        try await driver.write { [news] connection in
            try connection.see(news, project: page.project, upstream: page.upstream)
            try connection.keep(page, digest: digest)
            if let following {
                try PageFollowing(following: following, project: page.project, upstream: page.upstream)
                    .run(on: connection)
            }
        }
    }

    package func renewUpstreamPage(
        of project: NormalizedName, from upstream: String, fetchedBefore: Timestamp, as state: UpstreamPageState
    ) async throws {
        try await driver.write { connection in
            try connection.execute(
                """
                UPDATE upstream_pages SET etag = ?3, last_modified = ?4, fetched_at = ?5, fresh_until = ?6
                WHERE upstream = ?1 AND project_name = ?2 AND fetched_at = ?7
                """,
                .text(upstream), SQLValue(project), SQLValue(state.validators.entityTag),
                SQLValue(state.validators.lastModified), SQLValue(state.fetchedAt), SQLValue(state.freshUntil),
                SQLValue(fetchedBefore))
        }
    }

    package func expireUpstreamPages(
        from upstream: String, confirmedBefore moment: Timestamp, limit: Int
    ) async throws -> Int {
        let old = try await driver.read { connection in
            try connection.all(
                "SELECT project_name FROM upstream_pages WHERE upstream = ?1 AND fetched_at < ?2 LIMIT ?3",
                .text(upstream), SQLValue(moment), .integer(Int64(limit))
            ) { try StoredValue.name($0.text(0)) }
        }
        guard !old.isEmpty else { return 0 }
        try await driver.write { connection in
            for project in old {
                try connection.expire(project, from: upstream, confirmedBefore: moment)
            }
        }
        return old.count
    }

    package func forgetUpstreamPage(of project: NormalizedName, from upstream: String) async throws {
        try await driver.write { connection in
            for table in ["upstream_pages", "upstream_page_bodies"] {
                try connection.execute(
                    "DELETE FROM \(table) WHERE upstream = ?1 AND project_name = ?2", .text(upstream),
                    SQLValue(project))
            }
        }
    }
}

extension UpstreamPageState {
    /// Reads the first four columns.
    fileprivate init(_ row: any SQLRow) {
        self.init(
            validators: PageValidators(entityTag: row.optionalText(0), lastModified: row.optionalText(1)),
            fetchedAt: row.timestamp(2), freshUntil: row.timestamp(3))
    }
}

extension SQLConnection {
    /// Forgets a page that nobody has asked for since a moment, and its pins if no cached file needs them.
    fileprivate func expire(
        _ project: NormalizedName, from upstream: String, confirmedBefore moment: Timestamp
    ) throws {
        let key = [SQLValue.text(upstream), SQLValue(project)]
        try execute(
            "DELETE FROM upstream_pages WHERE upstream = ?1 AND project_name = ?2 AND fetched_at < ?3", key[0], key[1],
            SQLValue(moment))
        // Somebody has asked for it in the meantime.
        guard try first(UpstreamStatements.pageState, key[0], key[1], read: { _ in true }) == nil else { return }
        try execute("DELETE FROM upstream_page_bodies WHERE upstream = ?1 AND project_name = ?2", key[0], key[1])
        try execute(
            """
            DELETE FROM pins WHERE upstream = ?1 AND project_name = ?2 AND NOT EXISTS (
                SELECT 1 FROM projects p JOIN files f ON f.project_id = p.id
                WHERE p.name = ?2 AND f.source_upstream = ?1)
            """, key[0], key[1])
    }

    /// Keeps a page; its body is written only if it differs from the kept one.
    fileprivate func keep(_ page: StoredUpstreamPage, digest: SHA256Digest) throws {
        let key = [SQLValue.text(page.upstream), SQLValue(page.project)]
        let isKept = try exists(UpstreamStatements.pageBody, key[0], key[1], SQLValue(digest))
        try execute(
            """
            INSERT INTO upstream_pages (upstream, project_name, etag, last_modified, fetched_at, fresh_until,
                body_sha256)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (upstream, project_name) DO UPDATE SET etag = excluded.etag,
                last_modified = excluded.last_modified, fetched_at = excluded.fetched_at,
                fresh_until = excluded.fresh_until, body_sha256 = excluded.body_sha256
            """,
            key[0], key[1], SQLValue(page.state.validators.entityTag), SQLValue(page.state.validators.lastModified),
            SQLValue(page.state.fetchedAt), SQLValue(page.state.freshUntil), SQLValue(digest))
        guard !isKept else { return }
        try execute(
            """
            INSERT INTO upstream_page_bodies (upstream, project_name, body) VALUES (?1, ?2, ?3)
            ON CONFLICT (upstream, project_name) DO UPDATE SET body = excluded.body
            """, key[0], key[1], .text(page.body))
    }
}
