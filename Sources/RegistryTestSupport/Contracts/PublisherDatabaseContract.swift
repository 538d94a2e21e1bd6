import PackagingStandards
public import Registry
import Testing

/// What every `PublisherDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum PublisherDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any PublisherDatabase & DeclarationDatabase & TokenDatabase & PublishingDatabase
        & ChangesDatabase & AuditDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    private static let issuer = "https://ci.example.com"

    private static func publisher(
        _ project: String? = "widget", _ right: PublisherRight = .write, issuer: String = issuer,
        workflow: String = "release.yml", ownerID: String? = nil, index: IndexName = .main
    ) throws -> NewPublisher {
        let description = try PublisherDescription(
            issuer: issuer, kind: .gitHub, fields: [.repository: "acme/widget", .workflow: workflow],
            claims: ["ref": TextPattern("refs/tags/*"), "actor": .exactly("eve")], for: right)
        return NewPublisher(
            description: description, place: PublisherPlace(right, in: index, project.flatMap { NamePattern($0) }),
            ownerID: ownerID)
    }

    private static func trade(
        _ text: String, _ publishers: [PublisherRecord], ownerID: String? = nil, deadAfter seconds: Int64 = 1000
    ) -> IdentityTrade {
        IdentityTrade(
            identity: Sample.digest(text), deadAt: SampleTime.after(seconds), publishers: publishers.map(\.id),
            ownerID: ownerID)
    }

    /// Declares publishers alone, and returns whether that changed anything.
    private static func declare(_ publishers: [NewPublisher], in database: Subject) async throws -> Bool {
        try await database.declare(Declaration(publishers: publishers), by: Sample.author("configuration")).isChange
    }

    /// Expects that something fails with a code.
    private static func expect(_ code: RegistryError.Code, _ work: () async throws -> Void) async {
        var found: RegistryError.Code?
        do {
            try await work()
        } catch {
            found = (error as? RegistryError)?.code
        }
        #expect(found == code)
    }

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = publishers + trades + tokens

    private static let publishers: [DatabaseCheck<Subject>] = [
        Check("keeps publishers of projects, beginnings of names and indexes, each once, in their order") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let wanted = [
                try publisher("Some_Name"), try publisher("some-*", index: other), try publisher(nil, .read),
                try publisher("some-name", .read, ownerID: "1001"), try publisher("some-name", workflow: "other.yml"),
                try publisher("some-name", issuer: "https://other.example.com"),
            ]
            for new in wanted {
                let author = Sample.author("root", after: 5)
                let first = try await database.addPublisher(new, by: author)
                #expect(first.isNew)
                #expect(first.record.description == new.description)
                #expect(first.record.place == new.place)
                #expect(first.record.ownerID == new.ownerID)
                #expect(first.record.addedBy == "root")
                #expect(first.record.addedAt == SampleTime.after(5))
                let second = try await database.addPublisher(new, by: Sample.author())
                #expect(second == PublisherChange(record: first.record, isNew: false))
            }
            #expect(try await database.publishers(of: nil).map(\.place) == wanted.map(\.place))
            let own = try await database.publishers(of: issuer)
            #expect(own.map(\.place) == wanted.dropLast().map(\.place))
            #expect(try await database.publishers(of: "https://ci.example.co").isEmpty)
            let lines = try await database.audit(limit: 10, before: nil)
            #expect(lines.count == wanted.count)
            #expect(lines.allSatisfy { $0.action == "publisher.add" && $0.actor == "root" })
            #expect(lines.last?.subject == "publisher:acme/widget/release.yml")
            #expect(lines.last?.project == "some-name")
            #expect(lines.last?.detail == "write")
        },
        Check("removes a publisher, once, which counts as a change of rights") { database in
            try await database.declareIndexes([.main])
            let added = try await database.addPublisher(publisher(), by: Sample.author())
            let before = try await database.changes(since: nil).cursor.accessEpoch
            #expect(try await database.removePublisher(added.record.id, by: Sample.author("root")) == added.record)
            #expect(try await database.changes(since: nil).cursor.accessEpoch > before)
            #expect(try await database.removePublisher(added.record.id, by: Sample.author()) == nil)
            #expect(try await database.publishers(of: nil).isEmpty)
            let line = try #require(try await database.audit(limit: 1, before: nil).first)
            #expect(line.action == "publisher.remove")
            #expect(line.actor == "root")
        },
        Check("says which publishers of one project wait for it") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("there"))
            let wanted = [
                (try publisher("widget"), true), (try publisher("widget", .read), false),
                (try publisher("there"), false), (try publisher("widg*"), false),
            ]
            for (new, isPending) in wanted {
                let change = try await database.addPublisher(new, by: Sample.author())
                #expect(change.record.isPending == isPending)
            }
        },
        Check("keeps publishers only in indexes that exist, and a bounded number of one place") { database in
            try await database.declareIndexes([.main])
            await expect(.notFound) {
                _ = try await database.addPublisher(publisher(index: Sample.index("no")), by: Sample.author())
            }
            for number in 0..<PublisherRecord.mostOfOnePlace {
                _ = try await database.addPublisher(publisher(workflow: "w\(number).yml"), by: Sample.author())
            }
            await expect(.conflict) {
                _ = try await database.addPublisher(publisher(workflow: "last.yml"), by: Sample.author())
            }
            #expect(try await !database.addPublisher(publisher(workflow: "w0.yml"), by: Sample.author()).isNew)
            #expect(try await database.addPublisher(publisher("widget*"), by: Sample.author()).isNew)
        },
    ]

    private static let trades: [DatabaseCheck<Subject>] = [
        Check(
            "trades an identity once, as long as it lives",
            twice: { first, second in
                try await first.declareIndexes([.main])
                let record = try await first.addPublisher(publisher(), by: Sample.author()).record
                let one = trade("one", [record], deadAfter: 1000)
                #expect(try await first.tradeIdentity(one, by: Sample.author(after: 10)) == [record])
                #expect(try await second.tradeIdentity(one, by: Sample.author(after: 20)) == nil)
                #expect(try await first.tradeIdentity(one, by: Sample.author(after: 999)) == nil)
                #expect(try await second.tradeIdentity(trade("two", [record]), by: Sample.author()) == [record])
                // What is dead is forgotten: whoever verifies refuses it before.
                #expect(try await first.tradeIdentity(one, by: Sample.author(after: 1000)) != nil)
            }),
        Check("lets one of those who trade an identity at once do so") { database in
            try await database.declareIndexes([.main])
            let record = try await database.addPublisher(publisher(), by: Sample.author()).record
            let trade = trade("one", [record])
            let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await database.tradeIdentity(trade, by: Sample.author()) != nil }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(answers == 1)
        },
        Check("declares publishers, and removes those that are declared no more") { database in
            try await database.declareIndexes([.main])
            let hand = try await database.addPublisher(publisher("by-hand"), by: Sample.author()).record
            let kept = try await database.addPublisher(publisher("kept"), by: Sample.author()).record
            let wanted = try [publisher("kept"), publisher("new"), publisher("owned", ownerID: "7")]
            #expect(try await declare(wanted, in: database))
            #expect(try await declare(wanted.reversed(), in: database) == false)
            var found = try await database.publishers(of: nil)
            #expect(found.map(\.isDeclared) == [false, true, true, true])
            #expect(found.prefix(2).map(\.id) == [hand.id, kept.id])
            // The owner of the first job is no change of what is declared.
            _ = try await database.tradeIdentity(trade("one", [kept], ownerID: "1001"), by: Sample.author())
            #expect(try await declare(wanted, in: database) == false)
            #expect(try await declare(try [publisher("kept"), publisher("owned", ownerID: "8")], in: database))
            found = try await database.publishers(of: nil)
            #expect(found.map(\.ownerID) == [nil, "1001", "8"])
            #expect(found.map(\.isDeclared) == [false, true, true])
            #expect(try await declare([], in: database))
            #expect(try await database.publishers(of: nil).map(\.id) == [hand.id])
        },
        Check("notes an identity once, whoever used it, until it is dead") { database in
            try await database.declareIndexes([.main])
            let record = try await database.addPublisher(publisher(), by: Sample.author()).record
            let (one, two) = (trade("one", [record]), trade("two", [record]))
            func note(_ trade: IdentityTrade, after seconds: Int64) async throws -> Bool {
                try await database.noteIdentity(
                    trade.identity, deadAt: trade.deadAt, at: Sample.author(after: seconds).at)
            }
            #expect(try await note(one, after: 0))
            #expect(try await note(one, after: 999) == false)
            #expect(try await database.tradeIdentity(one, by: Sample.author()) == nil)
            #expect(try await database.tradeIdentity(two, by: Sample.author()) != nil)
            #expect(try await note(two, after: 0) == false)
            #expect(try await note(one, after: 1000))
        },
        Check("pins a publisher to the owner of its first job, and lets no other one in") { database in
            try await database.declareIndexes([.main])
            let record = try await database.addPublisher(publisher(), by: Sample.author()).record
            let pinned = try await database.addPublisher(publisher("other", ownerID: "9"), by: Sample.author()).record
            let first = try await database.tradeIdentity(
                trade("one", [record, pinned], ownerID: "1001"), by: Sample.author("publisher:acme"))
            #expect(first?.map(\.id) == [record.id])
            #expect(first?.first?.ownerID == "1001")
            let line = try #require(try await database.audit(limit: 1, before: nil).first)
            #expect(line.action == "publisher.pin")
            #expect(line.detail == "1001")
            let foreign = trade("two", [record], ownerID: "1002")
            #expect(try await database.tradeIdentity(foreign, by: Sample.author()) == [])
            #expect(try await database.tradeIdentity(trade("three", [record]), by: Sample.author()) == [])
            let last = try await database.tradeIdentity(trade("four", [record], ownerID: "1001"), by: Sample.author())
            #expect(last == first)
        },
        Check("makes a publisher whose project exists an ordinary one, for good") { database in
            try await database.declareIndexes([.main])
            let record = try await database.addPublisher(publisher(), by: Sample.author()).record
            let before = try await database.tradeIdentity(trade("one", [record]), by: Sample.author())
            #expect(before?.first?.isPending == true)
            #expect(before?.first?.rights == [.write, .create])
            try await database.publish(SampleFile("widget"))
            let after = try await database.tradeIdentity(trade("two", [record]), by: Sample.author())
            #expect(after?.first?.isPending == false)
            #expect(after?.first?.rights == [.write])
            #expect(try await database.publishers(of: nil).first?.isPending == false)
        },
        Check("trades nothing for publishers that were removed") { database in
            try await database.declareIndexes([.main])
            let record = try await database.addPublisher(publisher(), by: Sample.author()).record
            _ = try await database.removePublisher(record.id, by: Sample.author())
            #expect(try await database.tradeIdentity(trade("one", [record]), by: Sample.author()) == [])
        },
    ]

    /// Adds a token of the job of some publishers, and returns the digest of its text.
    private static func addToken(_ text: String, of records: [PublisherRecord], to database: Subject) async throws
        -> SHA256Digest
    {
        let first = try #require(records.first)
        let owner = NamedOwner(id: first.id, name: first.name)
        _ = try await database.addToken(
            NewToken(
                digest: Sample.digest(text), name: "job", owner: .publisher(owner), expiresAt: SampleTime.after(1000),
                isSession: true, publishers: Set(records.map(\.id))),
            by: Sample.author())
        return Sample.digest(text)
    }

    private static let tokens: [DatabaseCheck<Subject>] = [
        Check("knows what all publishers of a token hold, as it is") { database in
            try await database.declareIndexes([.main])
            let one = try await database.addPublisher(publisher(), by: Sample.author()).record
            let other = try await database.addPublisher(publisher("acme-*", .read), by: Sample.author()).record
            let digest = try await addToken("one", of: [one, other], to: database)
            func owner() async throws -> PublisherOwner? {
                let holder = try await database.tokenHolders(of: [digest])[digest]
                guard case .publisher(let owner)? = holder?.owner else { return nil }
                return owner
            }
            let before = try #require(try await owner())
            #expect(before.id == one.id)
            #expect(before.name == "acme/widget/release.yml")
            #expect(before.publishers == [one.id, other.id])
            let name = try Sample.name("widget")
            let attester = try publisher().description.attester
            let read = PublisherHolding(
                rights: [.read, .cacheUpdate], index: .main, projects: .prefix("acme-"), attester: attester)
            let first = PublisherHolding(
                rights: [.write, .create], index: .main, projects: .name(name), attester: attester)
            #expect(before.holdings == [first, read])
            try await database.publish(SampleFile("widget"))
            _ = try await database.tradeIdentity(trade("two", [one]), by: Sample.author())
            let later = PublisherHolding(
                rights: [.write], index: .main, projects: .name(name), attester: attester)
            #expect(try await owner()?.holdings == [later, read])
        },
        Check("ends a token with any of its publishers, and no other") { database in
            try await database.declareIndexes([.main])
            let one = try await database.addPublisher(publisher(), by: Sample.author()).record
            let other = try await database.addPublisher(publisher("acme-*", .read), by: Sample.author()).record
            let both = try await addToken("both", of: [one, other], to: database)
            let single = try await addToken("single", of: [one], to: database)
            _ = try await database.removePublisher(other.id, by: Sample.author())
            #expect(Set(try await database.tokenHolders(of: [both, single]).keys) == [single])
            _ = try await database.removePublisher(one.id, by: Sample.author())
            #expect(try await database.tokenHolders(of: [both, single]).isEmpty)
            await expect(.notFound) { _ = try await addToken("late", of: [one], to: database) }
            #expect(try await database.tokens(of: nil).isEmpty)
        },
    ]
}
