import Registry
import Testing

extension DatabaseContract {
    static let installationChecks: [Check] = [
        Check(
            "makes an installation id once and keeps it",
            twice: { fixture in
                let id = try await fixture.database.installationID()
                #expect(id.count >= 16)
                #expect(try await fixture.database.installationID() == id)
                let again = try await fixture.openAgain()
                #expect(try await again.installationID() == id)
                await again.close()
            }),
        Check("adopts the id of a storage") { database in
            _ = try await database.installationID()
            try await database.adoptInstallationID("0123456789abcdef")
            #expect(try await database.installationID() == "0123456789abcdef")
        },
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
