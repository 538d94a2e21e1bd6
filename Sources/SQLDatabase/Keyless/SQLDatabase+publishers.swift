package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func publishers(of issuer: String?) async throws -> [PublisherRecord] {
        try await driver.read { connection in
            guard let issuer else { return try connection.all(PublisherStatements.all) { try PublisherRecord($0) } }
            return try connection.all(PublisherStatements.ofIssuer, .text(issuer)) { try PublisherRecord($0) }
        }
    }

    package func addPublisher(
        _ publisher: NewPublisher, by change: ChangeAuthor
    ) async throws -> PublisherChange {
        try await driver.write { try $0.addPublisher(publisher, by: change) }
    }

    package func removePublisher(_ id: Int64, by change: ChangeAuthor) async throws -> PublisherRecord? {
        try await driver.write { connection in
            guard let record = try connection.publisher(withID: id) else { return nil }
            try connection.remove(record, by: change)
            return record
        }
    }

    package func tradeIdentity(
        _ trade: IdentityTrade, by change: ChangeAuthor
    ) async throws -> [PublisherRecord]? {
        try await driver.write { connection in
            guard try connection.noteIdentity(trade.identity, deadAt: trade.deadAt, at: change.at) else { return nil }
            return try trade.publishers.compactMap { id in
                guard let record = try connection.publisher(withID: id) else { return nil }
                guard let pinned = try connection.pin(record, to: trade.ownerID, by: change) else { return nil }
                return try connection.settle(pinned)
            }
        }
    }

    package func noteIdentity(_ identity: SHA256Digest, deadAt: Timestamp, at now: Timestamp) async throws -> Bool {
        try await driver.write { try $0.noteIdentity(identity, deadAt: deadAt, at: now) }
    }
}

extension SQLConnection {
    /// Notes that an identity is used, and forgets those that are dead. Returns false if it was used before.
    fileprivate func noteIdentity(_ identity: SHA256Digest, deadAt: Timestamp, at now: Timestamp) throws -> Bool {
        try execute("DELETE FROM traded_identities WHERE dead_at <= ?1", SQLValue(now))
        return try exists(
            "INSERT INTO traded_identities (digest, dead_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING RETURNING digest",
            SQLValue(identity), SQLValue(deadAt))
    }

    /// Adds a publisher. Throws as `PublisherDatabase.addPublisher` does.
    func addPublisher(_ publisher: NewPublisher, by change: ChangeAuthor) throws -> PublisherChange {
        let place = publisher.place
        let index = try requiredIndex(named: place.index)
        // From here on nobody adds a project to the index.
        try lockIndex(index.id)
        let (name, isPrefix) = PublisherRecord.columns(of: place.projects)
        let kept = try StoredDescription(publisher.description).text
        let id = try first(
            """
            INSERT INTO trusted_publishers (index_id, project_name, is_prefix, publisher_right, issuer, kind,
                description, owner_id, is_pending, added_by, added_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING RETURNING id
            """,
            .integer(index.id), .text(name), SQLValue(isPrefix), .text(place.right.rawValue),
            .text(publisher.description.issuer), .text(publisher.description.kind.rawValue), .text(kept),
            SQLValue(publisher.ownerID), SQLValue(try isPending(place, in: index)), .text(change.name),
            SQLValue(change.at)
        ) { $0.integer(0) }
        let found = try first(
            PublisherStatements.added, .integer(index.id), .text(name), SQLValue(isPrefix),
            .text(place.right.rawValue), .text(publisher.description.issuer),
            .text(publisher.description.kind.rawValue), .text(kept)
        ) { try PublisherRecord($0) }
        guard let record = found else { throw StoredValue.contradiction("a publisher", "none") }
        guard id != nil else { return PublisherChange(record: record, isNew: false) }
        try checkCount(index, name, isPrefix, place)
        try self.record("publisher.add", record, detail: place.right.rawValue, by: change)
        return PublisherChange(record: record, isNew: true)
    }

    /// Notes whose job a token belongs to. Throws `.notFound` if one of the publishers was removed since.
    func link(token: Int64, to publishers: Set<Int64>) throws {
        for id in publishers.sorted() {
            guard try publisher(withID: id) != nil else {
                throw RegistryError(.notFound, "There is no publisher \(id).")
            }
            try execute(
                "INSERT INTO publisher_tokens (token_id, publisher_id) VALUES (?1, ?2)", .integer(token), .integer(id))
        }
    }

    /// Returns the owner of a publisher's token with what all its publishers hold now, or nil if it has none.
    func publisherOwner(ofToken token: Int64, _ owner: NamedOwner) throws -> PublisherOwner? {
        let records = try all(PublisherStatements.ofToken, .integer(token)) { try PublisherRecord($0) }
        guard !records.isEmpty else { return nil }
        return PublisherOwner(
            id: owner.id, name: owner.name, publishers: Set(records.map(\.id)),
            holdings: Set(records.map { PublisherHolding($0) }))
    }

    /// Removes a publisher, with all tokens that it gave something to.
    fileprivate func remove(_ publisher: PublisherRecord, by change: ChangeAuthor) throws {
        // No token is made with one of these.
        try execute(PublisherStatements.removeTokens, .integer(publisher.id))
        try execute("DELETE FROM trusted_publishers WHERE id = ?1", .integer(publisher.id))
        try bumpAccessEpoch()
        try record("publisher.remove", publisher, detail: publisher.place.right.rawValue, by: change)
    }

    // MARK: Declared publishers

    /// Returns the declared publishers, with the owners that are declared.
    func declaredPublishers() throws -> Set<NewPublisher> {
        Set(try storedDeclaredPublishers().map(\.declared))
    }

    /// Makes some publishers the only declared ones.
    func declarePublishers(_ wanted: [NewPublisher], by change: ChangeAuthor) throws {
        let wanted = Set(wanted)
        for (record, declared) in try storedDeclaredPublishers() where !wanted.contains(declared) {
            try remove(record, by: change)
        }
        let present = try declaredPublishers()
        for publisher in wanted.subtracting(present).sorted(by: { "\($0)" < "\($1)" }) {
            var added = try addPublisher(publisher, by: change)
            if let ownerID = publisher.ownerID, added.record.ownerID != ownerID {
                // It was there for the jobs of somebody else.
                try remove(added.record, by: change)
                added = try addPublisher(publisher, by: change)
            }
            try execute(
                "UPDATE trusted_publishers SET is_declared = 1, declared_owner_id = ?2 WHERE id = ?1",
                .integer(added.record.id), SQLValue(publisher.ownerID))
        }
    }

    private func storedDeclaredPublishers() throws -> [(record: PublisherRecord, declared: NewPublisher)] {
        try all(PublisherStatements.declared) { row in
            let record = try PublisherRecord(row)
            return (
                record,
                NewPublisher(description: record.description, place: record.place, ownerID: row.optionalText(13))
            )
        }
    }

    fileprivate func publisher(withID id: Int64) throws -> PublisherRecord? {
        try first(PublisherStatements.one, .integer(id)) { try PublisherRecord($0) }
    }

    /// Returns whether a place is one project, to be written, that does not exist.
    fileprivate func isPending(_ place: PublisherPlace, in index: IndexRow) throws -> Bool {
        guard place.right == .write, case .name(let project) = place.projects else { return false }
        return try self.project(project, in: index)?.origin != .local
    }

    /// Gives a publisher the id of its owner if it has none. Returns it as it is then, or nil if it has another one's.
    fileprivate func pin(
        _ record: PublisherRecord, to ownerID: String?, by change: ChangeAuthor
    ) throws -> PublisherRecord? {
        if let known = record.ownerID {
            return ownerID.map { $0.utf8.elementsEqual(known.utf8) } ?? false ? record : nil
        }
        guard let ownerID else { return record }
        try execute(
            "UPDATE trusted_publishers SET owner_id = ?2 WHERE id = ?1", .integer(record.id), .text(ownerID))
        try self.record("publisher.pin", record, detail: ownerID, by: change)
        return try publisher(withID: record.id)
    }

    /// Makes a pending publisher whose project exists an ordinary one, and returns it.
    fileprivate func settle(_ record: PublisherRecord) throws -> PublisherRecord? {
        guard record.isPending else { return record }
        let index = try requiredIndex(named: record.place.index)
        guard try !isPending(record.place, in: index) else { return record }
        try execute("UPDATE trusted_publishers SET is_pending = 0 WHERE id = ?1", .integer(record.id))
        return try publisher(withID: record.id)
    }

    /// Throws `.conflict` if there are more publishers of a place than are kept.
    fileprivate func checkCount(
        _ index: IndexRow, _ name: String, _ isPrefix: Bool, _ place: PublisherPlace
    ) throws {
        let count = try first(
            PublisherStatements.count, .integer(index.id), .text(name), SQLValue(isPrefix)
        ) { $0.integer(0) }
        guard let count, count > PublisherRecord.mostOfOnePlace else { return }
        let whole = place.projects.map { "\($0) in the index \(place.index)" } ?? "the index \(place.index)"
        throw RegistryError(
            .conflict, "There are \(PublisherRecord.mostOfOnePlace) publishers of \(whole), the most that are kept.")
    }

    fileprivate func record(
        _ action: String, _ record: PublisherRecord, detail: String, by change: ChangeAuthor
    ) throws {
        try self.record(
            AuditEntry(
                action, index: record.place.index, project: record.place.projects?.description,
                subject: "publisher:\(record.name)", detail: detail),
            by: change)
    }
}

extension PublisherRecord {
    /// Reads a row of `PublisherStatements`.
    fileprivate init(_ row: any SQLRow) throws {
        let index = try StoredValue.index(row.text(1))
        guard let right = PublisherRight(rawValue: row.text(4)), let kind = IssuerKind(rawValue: row.text(6)) else {
            throw StoredValue.contradiction("a publisher", "\(row.text(4)), \(row.text(6))")
        }
        self.init(
            id: row.integer(0),
            description: try StoredDescription(text: row.text(7)).description(issuer: row.text(5), kind: kind),
            place: PublisherPlace(right, in: index, try Self.pattern(row.text(2), isPrefix: row.flag(3))),
            ownerID: row.optionalText(8), isPending: row.flag(9), addedBy: row.text(10), addedAt: row.timestamp(11),
            isDeclared: row.flag(12))
    }

    fileprivate static func columns(of projects: NamePattern?) -> (name: String, isPrefix: Bool) {
        switch projects {
        case nil: ("", false)
        case .name(let project)?: (project.description, false)
        case .prefix(let prefix)?: (prefix, true)
        }
    }

    private static func pattern(_ name: String, isPrefix: Bool) throws -> NamePattern? {
        if isPrefix { return .prefix(name) }
        return name.isEmpty ? nil : .name(try StoredValue.name(name))
    }
}

/// The statements that read publishers.
enum PublisherStatements {
    private static let columns = """
        SELECT t.id, i.name, t.project_name, t.is_prefix, t.publisher_right, t.issuer, t.kind, t.description, t.owner_id,
            t.is_pending, t.added_by, t.added_at, t.is_declared, t.declared_owner_id
        FROM trusted_publishers t JOIN indexes i ON i.id = t.index_id
        """

    static let all = columns + " ORDER BY t.id"

    static let ofIssuer = columns + " WHERE t.issuer = ?1 ORDER BY t.id"

    static let declared = columns + " WHERE t.is_declared = 1 ORDER BY t.id"

    static let one = columns + " WHERE t.id = ?1"

    static let added =
        columns + """
             WHERE t.index_id = ?1 AND t.project_name = ?2 AND t.is_prefix = ?3 AND t.publisher_right = ?4
            AND t.issuer = ?5 AND t.kind = ?6 AND t.description = ?7
            """

    static let ofToken =
        columns + " JOIN publisher_tokens l ON l.publisher_id = t.id WHERE l.token_id = ?1 ORDER BY t.id"

    static let removeTokens = """
        DELETE FROM access_tokens WHERE id IN (SELECT token_id FROM publisher_tokens WHERE publisher_id = ?1)
        """

    static let count = """
        SELECT COUNT(*) FROM trusted_publishers WHERE index_id = ?1 AND project_name = ?2 AND is_prefix = ?3
        """
}
