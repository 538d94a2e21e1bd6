import PackagingStandards
import Registry
import RegistryTestSupport
import SQLDatabase
import SQLDatabaseTestSupport
import Testing

@Suite("A rebuilt database")
struct ContentSnapshotTests {
    @Test("equals the original table by table", arguments: [SampleTime.start, SampleTime.nextDay])
    func equals(at now: Timestamp) async throws {
        try await withDatabase { database, file in
            try await RebuildDatabaseContract.makeHistory(in: database)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            let original = try await ContentSnapshot.read(path: file.path, now: now)
            #expect(original["files"]?.count == 12)
            #expect(original["replaced"]?.count == (now == SampleTime.start ? 1 : 0))

            try await withDatabase { rebuilt, place in
                let contents = try shelf.contents()
                try await rebuilt.rebuild(from: contents, now: now)
                expectEqual(try await ContentSnapshot.read(path: place.path, now: now), original)
                // Once more, over what is there already.
                try await rebuilt.rebuild(from: contents, now: now)
                expectEqual(try await ContentSnapshot.read(path: place.path, now: now), original)
            }
        }
    }

    private func expectEqual(_ snapshot: [String: [String]], _ original: [String: [String]]) {
        #expect(Set(snapshot.keys) == Set(original.keys))
        for (table, lines) in original { #expect(snapshot[table] == lines, "\(table)") }
    }
}
