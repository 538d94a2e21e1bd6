public import Registry
import Testing

/// What every `OutboxDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum OutboxDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any OutboxDatabase & PublishingDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check("keeps what is to be done until it is done, oldest first") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("a"))
            try await database.publish(SampleFile("a", "2"))
            let keys = try await database.outbox(limit: 10).map { entry in
                if case .writeManifest(let key, _) = entry.task { key.description } else { "" }
            }
            #expect(
                keys.sorted() == [
                    "manifests/main/a/a-1.0.tar.gz/1.json", "manifests/main/a/a-2.tar.gz/2.json",
                    "manifests/main/a/project/1.json",
                ])
            let first = try await database.outbox(limit: 1)
            #expect(first.count == 1)
            try await database.completeOutbox(first.map(\.id))
            try await database.completeOutbox(first.map(\.id))
            #expect(try await database.outbox(limit: 10).count == 2)
        },
        Check("never uses an entry's id again") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("a"))
            let first = try await database.outbox(limit: 10)
            try await database.completeOutbox(first.map(\.id))
            try await database.publish(SampleFile("a", "2"))
            let second = try await database.outbox(limit: 10)
            #expect(Set(first.map(\.id)).isDisjoint(with: second.map(\.id)))
        },
    ]
}
