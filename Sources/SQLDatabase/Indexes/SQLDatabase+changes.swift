package import Registry

extension SQLDatabase {
    package func commitMark() -> CommitMark? { driver.commitMark() }

    package func changes(since cursor: ChangeCursor?) async throws -> ChangeSet {
        // The mark is taken first: what is committed between it and the read is only read once more.
        let mark = driver.commitMark()
        if let present = freshness.cursor(at: mark), cursor == nil || cursor == present {
            return ChangeSet(cursor: present, projects: [], everything: false)
        }
        let changes = try await driver.read { try $0.changes(since: cursor) }
        freshness.keep(changes.cursor, readAfter: mark)
        return changes
    }
}

extension SQLConnection {
    fileprivate func changes(since cursor: ChangeCursor?) throws -> ChangeSet {
        guard let epochs = try first(IndexStatements.epochs, read: { ($0.integer(0), $0.integer(1)) }) else {
            throw StoredValue.contradiction("an installation", "none")
        }
        let indexes = try all(IndexStatements.serials) { row in
            (id: row.integer(0), name: try StoredValue.index(row.text(1)), serial: row.integer(2))
        }
        let serials = Dictionary(uniqueKeysWithValues: indexes.map { ($0.name, $0.serial) })
        let present = ChangeCursor(serials: serials, accessEpoch: epochs.0, rebuildEpoch: epochs.1)
        guard let cursor else { return ChangeSet(cursor: present, projects: [], everything: false) }

        // A serial that went back is another database (a restored backup) under the same path.
        let wentBack = indexes.contains { $0.serial < cursor.serials[$0.name] ?? 0 }
        guard cursor.rebuildEpoch == present.rebuildEpoch, !wentBack else {
            return ChangeSet(cursor: present, projects: [], everything: true)
        }
        var changed: Set<ChangeSet.ChangedProject> = []
        for index in indexes {
            let seen = cursor.serials[index.name] ?? 0
            guard index.serial > seen else { continue }
            let names = try all(IndexStatements.changedProjects, .integer(index.id), .integer(seen)) {
                try StoredValue.name($0.text(0))
            }
            for name in names { changed.insert(.init(index: index.name, project: name)) }
        }
        return ChangeSet(cursor: present, projects: changed, everything: false)
    }
}
