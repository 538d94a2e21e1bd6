import PackagingStandards
import Registry

/// An index as the database keeps it.
struct IndexRow: Sendable {
    let id: Int64
    let name: IndexName
    let serial: Int64
}

extension SQLConnection {
    /// Returns the index of a name, or nil if it was never declared.
    func index(named name: IndexName) throws -> IndexRow? {
        try first(IndexStatements.indexID, .text(name.description)) {
            IndexRow(id: $0.integer(0), name: name, serial: $0.integer(1))
        }
    }

    /// Returns the index of a name, for a change.
    ///
    /// - Throws: `.notFound` if it was never declared.
    func requiredIndex(named name: IndexName) throws -> IndexRow {
        guard let index = try index(named: name) else {
            throw RegistryError(
                .notFound, "There is no index '\(name)' in the database; declare it in the configuration.")
        }
        return index
    }

    /// Makes an index known, hidden if it is new, and its serial at least the given one: serials never go back.
    func ensureIndex(_ name: IndexName, serial: Int64) throws {
        try execute(
            """
            INSERT INTO indexes (name, serial, is_declared) VALUES (?1, ?2, 0)
            ON CONFLICT (name) DO UPDATE
            SET serial = CASE WHEN excluded.serial > indexes.serial THEN excluded.serial ELSE indexes.serial END
            """, .text(name.description), .integer(serial))
    }

    /// Takes an index's next serial.
    ///
    /// The index's row stays locked to the transaction's end, so that serials become visible in their order and a
    /// reader never sees one without those before it.
    func nextSerial(of index: IndexRow) throws -> Int64 {
        let serial = try first(
            "UPDATE indexes SET serial = serial + 1 WHERE id = ?1 RETURNING serial", .integer(index.id)
        ) {
            $0.integer(0)
        }
        guard let serial else { throw StoredValue.contradiction("an index", index.name.description) }
        return serial
    }

    /// Locks every index until the transaction ends, in the order of their ids.
    ///
    /// Every transaction that gives a name to an owner (a first publish, an adoption, a claim) does so before it looks
    /// across indexes: what it reads then holds until it ends, even if readers see what others commit in between.
    func lockIndexes() throws {
        for id in try all("SELECT id FROM indexes ORDER BY id", read: { $0.integer(0) }) { try lockIndex(id) }
    }

    /// Locks one index until the transaction ends.
    func lockIndex(_ id: Int64) throws {
        try execute("UPDATE indexes SET serial = serial WHERE id = ?1", .integer(id))
    }

    /// Notes that a project's pages changed at a serial, though none of its files or states did. The index need not
    /// know the project.
    func noteTouched(_ project: NormalizedName, serial: Int64, in index: IndexRow) throws {
        try execute(
            """
            INSERT INTO touched (index_id, project_name, serial) VALUES (?1, ?2, ?3)
            ON CONFLICT (index_id, project_name) DO UPDATE SET serial = excluded.serial
            """, .integer(index.id), SQLValue(project), .integer(serial))
    }

    /// Counts a change of people or rights, which every process notices.
    func bumpAccessEpoch() throws {
        try execute("UPDATE installation SET access_epoch = access_epoch + 1 WHERE only_row = 1")
    }

    /// Makes other transactions that change people and rights wait for the end of this one.
    func lockAccess() throws {
        try execute("UPDATE installation SET access_epoch = access_epoch WHERE only_row = 1")
    }
}

/// The statements that read indexes and what changed in them.
enum IndexStatements {
    static let indexID = "SELECT id, serial FROM indexes WHERE name = ?1"

    static let epochs = "SELECT access_epoch, rebuild_epoch FROM installation WHERE only_row = 1"

    static let serials = "SELECT id, name, serial FROM indexes"

    static let state = """
        SELECT s.access_epoch, s.rebuild_epoch, i.id, i.name, i.serial
        FROM installation s LEFT JOIN indexes i ON i.id > 0 WHERE s.only_row = 1
        """

    static let changedProjects = """
        SELECT name FROM projects WHERE index_id = ?1 AND serial > ?2
        UNION ALL SELECT project_name FROM touched WHERE index_id = ?1 AND serial > ?2
        """
}
