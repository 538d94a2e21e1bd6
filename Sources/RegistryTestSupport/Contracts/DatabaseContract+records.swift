import Registry
import Testing

extension DatabaseContract {
    static let freshnessChecks: [Check] = [
        Check("tells which projects changed since a cursor, and nothing twice") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("a"))
            let start = try await database.changes(since: nil)
            #expect(start.projects.isEmpty)
            #expect(!start.everything)
            #expect(start.cursor.serials[.main] == 1)

            try await database.publish(SampleFile("b"))
            try await database.publish(SampleFile("b", "2"))
            let changes = try await database.changes(since: start.cursor)
            #expect(changes.projects == [.init(index: .main, project: try Sample.name("b"))])
            #expect(!changes.everything)
            let nothing = try await database.changes(since: changes.cursor)
            #expect(nothing.projects.isEmpty)
            #expect(nothing.cursor == changes.cursor)
            let sinceStart = try await database.changes(since: start.cursor)
            #expect(sinceStart.projects == changes.projects)
        },
        Check(
            "sees what another process changed",
            twice: { fixture in
                try await fixture.database.declareIndexes([.main])
                let start = try await fixture.database.changes(since: nil)
                let again = try await fixture.openAgain()
                try await again.publish(SampleFile("a"))
                let changes = try await fixture.database.changes(since: start.cursor)
                #expect(changes.projects == [.init(index: .main, project: try Sample.name("a"))])
                try await again.addUser("eve", passwordHash: "$y$", isAdministrator: false, by: Sample.author())
                let people = try await fixture.database.changes(since: changes.cursor)
                #expect(people.cursor.accessEpoch > changes.cursor.accessEpoch)
                await again.close()
            }),
        Check("counts every change to people, and none else", accessEpochCheck),
        Check("says that everything changed after a rebuild") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("a"))
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            let start = try await database.changes(since: nil)
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            let changes = try await database.changes(since: start.cursor)
            #expect(changes.everything)
            #expect(try await !database.changes(since: changes.cursor).everything)
        },
    ]

    @Sendable private static func accessEpochCheck(_ database: any Database) async throws {
        var epoch = try await database.changes(since: nil).cursor.accessEpoch
        func expectChange(_ isExpected: Bool, _ what: String, _ change: () async throws -> Void) async throws {
            try await change()
            let now = try await database.changes(since: nil).cursor.accessEpoch
            #expect((now > epoch) == isExpected, "\(what)")
            epoch = now
        }
        let author = Sample.author()
        try await expectChange(true, "first administrator") {
            _ = try await database.addFirstAdministrator("root", passwordHash: "$y$0", by: author)
        }
        try await expectChange(false, "no first administrator") {
            _ = try await database.addFirstAdministrator("more", passwordHash: "$y$0", by: author)
        }
        try await expectChange(true, "add") {
            try await database.addUser("eve", passwordHash: "$y$1", isAdministrator: false, by: author)
        }
        try await expectChange(true, "password") {
            try await database.setPasswordHash("$y$2", ofUser: "eve", by: author)
        }
        try await expectChange(false, "renewal") {
            let id = try #require(try await database.user(named: "eve")?.id)
            try await database.renewPasswordHash("$y$3", replacing: "$y$2", ofUserID: id)
        }
        try await expectChange(true, "groups") { try await database.declareGroups(["dev": ["eve"]]) }
        try await expectChange(false, "the same groups") { try await database.declareGroups(["dev": ["eve"]]) }
        try await expectChange(true, "remove") { try await database.removeUser("eve", by: author) }
        try await expectChange(false, "indexes and files") {
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile())
        }
    }

    static let outboxChecks: [Check] = [
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
