public import Registry
import Testing

/// What every `InstallationDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum InstallationDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any InstallationDatabase & PublishingDatabase & ReadingDatabase & PeopleDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        .reopening("makes an installation id once and keeps it") { fixture in
            try await fixture.withDatabase { database in
                let id = try await database.installationID()
                #expect(id.count >= 16)
                #expect(try await database.installationID() == id)
                try await fixture.withDatabase { again in
                    let kept = try await again.installationID()
                    #expect(kept == id)
                }
            }
        },
        Check(
            "keeps the secret of the first administrator's link that was made first",
            twice: { database, again in
                let first = try await database.setupSecret(orElse: "first")
                let second = try await again.setupSecret(orElse: "second")
                #expect(first == "first" && second == "first")
            }),
        Check("keeps an index that is no longer declared, with its serial") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            try await database.publish(SampleFile().with { $0.index = other })
            try await database.declareIndexes([.main])
            try await database.declareIndexes([.main, other])
            #expect(try await database.projects(in: other).serial == 1)
            #expect(try await database.filenames("sample", in: other) == ["sample-1.0.tar.gz"])
        },
        Check("refuses to publish to an index that was never declared") { database in
            let error = await #expect(throws: RegistryError.self) {
                try await database.publish(SampleFile())
            }
            #expect(error?.code == .notFound)
        },
        Check("is empty until something is published") { database in
            try await database.declareIndexes([.main])
            #expect(try await database.isEmpty())
            try await database.publish(SampleFile())
            #expect(try await !database.isEmpty())
        },
        Check("is healthy") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile())
            let health = try await database.check()
            #expect(health.isHealthy)
            #expect(!health.details.isEmpty)
        },
        Check("refuses a text with NUL and stays usable") { database in
            try await database.declareIndexes([.main])
            let error = await #expect(throws: RegistryError.self) {
                try await database.publish(SampleFile().with { $0.summary = "a\u{0}b" })
            }
            #expect(error?.code == .invalidRequest)
            #expect(try await database.user(named: "a\u{0}b") == nil)
            #expect(try await database.isEmpty())
            #expect(try await database.publish(SampleFile()) == .published(serial: 1))
        },
    ]
}
