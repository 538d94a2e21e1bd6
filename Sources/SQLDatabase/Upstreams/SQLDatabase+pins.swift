package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func pins(of project: NormalizedName, from upstream: String) async throws -> [String: UpstreamPin] {
        try await driver.read { connection in
            var pins: [String: UpstreamPin] = [:]
            try connection.run(UpstreamStatements.pins, [.text(upstream), SQLValue(project)]) { row in
                let pin = try UpstreamPin(row)
                pins[pin.filename] = pin
            }
            return pins
        }
    }

    package func pin(
        _ pin: UpstreamPin, project: NormalizedName, upstream: String, storedAfter: Int64, now: Timestamp
    ) async throws -> UpstreamPin {
        let known = try await driver.read { try $0.pin(of: pin.filename, project: project, upstream: upstream) }
        if let known, !known.learns(from: pin) { return known }
        return try await driver.write { connection in
            try connection.learn(pin, project: project, upstream: upstream, storedAfter: storedAfter, now: now)
            let pinned = try connection.pin(of: pin.filename, project: project, upstream: upstream)
            guard let pinned else { throw StoredValue.contradiction("a pin", pin.filename) }
            return pinned
        }
    }
}

extension UpstreamPin {
    fileprivate init(_ row: any SQLRow) throws {
        self.init(
            filename: row.text(0), sha256: try row.optionalDigest(1),
            size: row.optionalInteger(2), metadataDigest: try row.optionalDigest(3),
            metadataSize: row.optionalInteger(4), lacksMetadata: row.flag(6), firstSeenAt: row.timestamp(5))
    }

    /// Returns whether a page's entry for the file says anything that is not pinned.
    func tellsMore(than known: UpstreamPin?) -> Bool {
        guard let known else { return true }
        return sha256 != nil && sha256 != known.sha256
    }

    /// Returns whether something that is not pinned was learned of the same bytes.
    fileprivate func learns(from news: UpstreamPin) -> Bool {
        if let sha256, let other = news.sha256, sha256 != other { return false }
        return (sha256 == nil && news.sha256 != nil) || (size == nil && news.size != nil)
            || (metadataDigest == nil && (news.metadataDigest != nil || (news.lacksMetadata && !lacksMetadata)))
    }
}

extension SQLConnection {
    fileprivate func pin(of filename: String, project: NormalizedName, upstream: String) throws -> UpstreamPin? {
        try first(UpstreamStatements.pin, .text(upstream), SQLValue(project), .text(filename)) {
            try UpstreamPin($0)
        }
    }

    /// Writes what a page says of files: a digest that differs from the pinned one begins a new pin.
    func see(_ pins: ArraySlice<UpstreamPin>, project: NormalizedName, upstream: String) throws {
        for pin in pins {
            try execute(
                """
                INSERT INTO pins (upstream, project_name, filename, sha256, size, first_seen_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT (upstream, project_name, filename) DO UPDATE SET
                    sha256 = excluded.sha256,
                    size = CASE WHEN pins.sha256 IS NULL THEN COALESCE(pins.size, excluded.size)
                        ELSE excluded.size END,
                    metadata_sha256 = CASE WHEN pins.sha256 IS NULL THEN pins.metadata_sha256 ELSE NULL END,
                    metadata_size = CASE WHEN pins.sha256 IS NULL THEN pins.metadata_size ELSE NULL END,
                    lacks_metadata = CASE WHEN pins.sha256 IS NULL THEN pins.lacks_metadata ELSE 0 END,
                    first_seen_at = CASE WHEN pins.sha256 IS NULL THEN pins.first_seen_at
                        ELSE excluded.first_seen_at END
                WHERE excluded.sha256 IS NOT NULL AND (pins.sha256 IS NULL OR pins.sha256 <> excluded.sha256)
                """,
                .text(upstream), SQLValue(project), .text(pin.filename), SQLValue(pin.sha256), SQLValue(pin.size),
                SQLValue(pin.firstSeenAt))
        }
    }

    /// Writes what was learned of a file and not pinned yet.
    fileprivate func learn(
        _ pin: UpstreamPin, project: NormalizedName, upstream: String, storedAfter: Int64, now: Timestamp
    ) throws {
        var pin = pin
        if let digest = pin.metadataDigest {
            let blob = BlobName.metadata(digest, of: pin.filename)
            if try isBeingSwept([blob], at: now, storedAfter: storedAfter) {
                pin.metadataDigest = nil
                pin.metadataSize = nil
            } else {
                try keepBlob(blob, size: pin.metadataSize)
            }
        }
        try execute(
            """
            INSERT INTO pins (upstream, project_name, filename, sha256, size, metadata_sha256, metadata_size,
                first_seen_at, lacks_metadata)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (upstream, project_name, filename) DO UPDATE SET
                sha256 = COALESCE(pins.sha256, excluded.sha256),
                size = COALESCE(pins.size, excluded.size),
                metadata_sha256 = COALESCE(pins.metadata_sha256, excluded.metadata_sha256),
                metadata_size = CASE WHEN pins.metadata_sha256 IS NULL THEN excluded.metadata_size
                    ELSE pins.metadata_size END,
                lacks_metadata = CASE WHEN COALESCE(pins.metadata_sha256, excluded.metadata_sha256) IS NOT NULL THEN 0
                    WHEN excluded.lacks_metadata = 1 THEN 1 ELSE pins.lacks_metadata END
            WHERE pins.sha256 IS NULL OR excluded.sha256 IS NULL OR pins.sha256 = excluded.sha256
            """,
            .text(upstream), SQLValue(project), .text(pin.filename), SQLValue(pin.sha256), SQLValue(pin.size),
            SQLValue(pin.metadataDigest), SQLValue(pin.metadataSize), SQLValue(pin.firstSeenAt),
            SQLValue(pin.lacksMetadata))
    }

    /// Forgets the core metadata that were learned of a file whose bytes are purged.
    func forgetMetadata(ofPin filename: String, project: NormalizedName, from upstream: String) throws {
        try execute(
            """
            UPDATE pins SET metadata_sha256 = NULL, metadata_size = NULL
            WHERE upstream = ?1 AND project_name = ?2 AND filename = ?3
            """, .text(upstream), SQLValue(project), .text(filename))
    }

    /// Forgets learned core metadata of a digest that is purged.
    func forgetMetadata(ofPinsWith digest: SHA256Digest) throws {
        try execute(
            "UPDATE pins SET metadata_sha256 = NULL, metadata_size = NULL WHERE metadata_sha256 = ?1",
            SQLValue(digest))
    }
}
