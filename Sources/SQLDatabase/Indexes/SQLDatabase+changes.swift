package import LocalFiles
package import Registry

extension SQLDatabase {
    package func commitMark() -> CommitMark? { driver.commitMark() }

    package var changesThreads: BlockingThreads? { driver.lookThreads }

    package func changes(since cursor: ChangeCursor?) async throws -> ChangeSet {
        // The mark is taken first: what is committed between it and the read is only read once more.
        let mark = driver.commitMark()
        if let present = freshness.cursor(at: mark), cursor == nil || cursor == present {
            return ChangeSet(cursor: present, projects: [], everything: false)
        }
        try await changesObserver?(.before)
        // Each statement may see more than the one before: then a project is named that changed after the cursor, and
        // is named again by the next read.
        let changes = try await driver.look { try $0.changes(since: cursor) }
        try await changesObserver?(.after)
        freshness.keep(changes.cursor, readAfter: mark)
        return changes
    }
}

extension SQLConnection {
    func changes(since cursor: ChangeCursor?) throws -> ChangeSet {
        var epochs: (access: Int64, rebuild: Int64)?
        var indexes: [(id: Int64, name: IndexName, serial: Int64)] = []
        // One statement, and so one trip to a database on another machine, if nothing has changed.
        try run(IndexStatements.state, []) { row in
            epochs = (row.integer(0), row.integer(1))
            // An installation has no index before the first start is over.
            if row.isNull(2) { return }
            indexes.append((row.integer(2), try StoredValue.index(row.text(3)), row.integer(4)))
        }
        guard let epochs else { throw StoredValue.contradiction("an installation", "none") }
        let serials = Dictionary(uniqueKeysWithValues: indexes.map { ($0.name, $0.serial) })
        let present = ChangeCursor(serials: serials, accessEpoch: epochs.access, rebuildEpoch: epochs.rebuild)
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
