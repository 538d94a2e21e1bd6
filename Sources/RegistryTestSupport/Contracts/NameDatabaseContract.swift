import PackagingStandards
public import Registry
import Testing

/// What every `NameDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum NameDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any NameDatabase & PublishingDatabase & CachingDatabase & ManagingDatabase
        & ReadingDatabase & ChangesDatabase & OutboxDatabase & RebuildDatabase & AuditDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = nameChecks + claimChecks + foreignChecks + releaseChecks

    private static func adopt(
        _ database: Subject, _ project: String = "Sample", from upstream: String = "pypi",
        in index: IndexName = .main, mayMix: Bool = false
    ) async throws -> ProjectOrigin? {
        try await database.adopt(
            Sample.name(project), displayName: project, from: upstream, in: index, mayMix: mayMix,
            at: SampleTime.start)
    }

    private static func standing(
        _ database: Subject, in index: IndexName = .main
    ) async throws -> NameStanding {
        try await database.standing(of: Sample.name("sample"), in: index)
    }

    private static func origins(_ database: Subject, _ indexes: [IndexName]) async throws -> [ProjectOrigin?] {
        var origins: [ProjectOrigin?] = []
        for index in indexes { origins.append(try await standing(database, in: index).origin) }
        return origins
    }

    private static let nameChecks: [Check] = [
        Check("gives a name to the first upstream that knows it, for good") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            #expect(try await standing(database) == NameStanding(origin: nil, isPublishedAnywhere: false))
            #expect(try await adopt(database) == .upstream("pypi"))
            #expect(try await adopt(database, from: "mirror") == .upstream("pypi"))
            #expect(try await adopt(database, from: "mirror", in: other) == .upstream("mirror"))
            #expect(
                try await standing(database) == NameStanding(origin: .upstream("pypi"), isPublishedAnywhere: false))
            #expect(try await database.projects(in: .main).serial == 1)
            #expect(try await database.audit(limit: 10, before: nil).isEmpty)
        },
        Check("adopts nothing in an index that was never declared") { database in
            let error = await #expect(throws: RegistryError.self) { try await adopt(database) }
            #expect(error?.code == .notFound)
        },
        Check("writes an adoption into a manifest, and a rebuild brings it back") { database in
            try await database.declareIndexes([.main])
            _ = try await adopt(database)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            #expect(try shelf.projectManifests().map(\.origin) == ["upstream:pypi"])
            #expect(try shelf.projectManifests().map(\.displayName) == ["Sample"])
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            #expect(try await standing(database).origin == .upstream("pypi"))
        },
        Check("leaves a name that was published anywhere to its owner, unless both may mix") { database in
            let hidden = try Sample.index("hidden")
            try await database.declareIndexes([.main, hidden])
            try await database.publish(SampleFile().with { $0.index = hidden })
            _ = try await database.delete(
                FileTarget(
                    index: hidden, project: try Sample.name("sample"), selection: .release(try Sample.version("1.0"))),
                by: Sample.author())
            try await database.declareIndexes([.main])
            #expect(try await standing(database) == NameStanding(origin: nil, isPublishedAnywhere: true))
            #expect(try await adopt(database) == nil)
            #expect(try await standing(database).origin == nil)
            #expect(try await adopt(database, in: hidden) == .local)
            #expect(try await adopt(database, mayMix: true) == .upstream("pypi"))
        },
        Check("neither lists nor finds an adopted project before a file of it is cached") { database in
            try await database.declareIndexes([.main])
            _ = try await adopt(database)
            func found(_ text: String) async throws -> [String] {
                try await database.search(ProjectSearch(index: .main, text: text, limit: 5, offset: 0))
                    .map(\.name.description)
            }
            for text in ["", "sample", "ampl"] { #expect(try await found(text).isEmpty) }
            #expect(try await database.projects(in: .main).names.isEmpty)
            #expect(try await !database.isEmpty())
            try await database.cache(SampleFile().with { $0.summary = "Words" })
            for text in ["", "sample", "ampl", "words"] { #expect(try await found(text) == ["sample"]) }
            #expect(try await database.projects(in: .main).names.map(\.description) == ["sample"])
            _ = try await database.prune(database.cachedFiles(in: nil), by: Sample.author())
            for text in ["", "sample", "ampl", "words"] { #expect(try await found(text).isEmpty) }
            #expect(try await database.projects(in: .main).names.isEmpty)
        },
        Check(
            "gives a name that one process publishes and another caches to exactly one",
            twice: { database, again in
                let other = try Sample.index("other")
                try await database.declareIndexes([.main, other])
                for number in 0..<20 {
                    let project = "race-\(number)"
                    async let published = again.publish(SampleFile(project).with { $0.index = other })
                    async let cached = database.cache(SampleFile(project))
                    switch (try await published, try await cached) {
                    case (.published, .isPrivate): break
                    case (.foreignOrigin(.upstream("pypi")), .cached): break
                    case let (outcome, kept): Issue.record("\(outcome) beside \(kept)")
                    }
                }
            }),
    ]

    private static let claimChecks: [Check] = [
        Check("makes a name ours: local here, reserved where it came from an upstream, and pruned everywhere") {
            database in
            let indexes = [IndexName.main, try Sample.index("other"), try Sample.index("third")]
            try await database.declareIndexes(indexes)
            try await database.cache(SampleFile("Sample", "1.0"))
            try await database.cache(
                SampleFile("Sample", "2.0").with {
                    $0.index = indexes[1]
                    $0.contents = "second"
                })
            try await database.publish(SampleFile("unrelated"))
            let pruned = try await database.claim(Sample.name("sample"), in: indexes[2], by: Sample.author("eve"))
            #expect(pruned.map(\.filename) == ["sample-1.0.tar.gz", "sample-2.0.tar.gz"])
            #expect(pruned.map(\.index) == [.main, indexes[1]])
            #expect(try await origins(database, indexes) == [.reserved, .reserved, .local])
            #expect(try await database.cachedFiles(in: nil).isEmpty)
            #expect(try await database.file(at: SampleFile().address(), now: SampleTime.start) == nil)
            #expect(try await database.projects(in: .main).names.map(\.description) == ["unrelated"])
            #expect(try await adopt(database) == .reserved)
            #expect(try await database.cache(SampleFile()) == .isPrivate)

            let line = try #require(try await database.audit(limit: 1, before: nil).first)
            #expect(line.action == "project.claim")
            #expect(line.actor == "eve")
            #expect(line.index == "third")
            #expect(line.project == "sample")

            #expect(try await database.publish(SampleFile().with { $0.index = indexes[2] }) == .published(serial: 2))
            #expect(try await database.publish(SampleFile().with { $0.contents = "mine" }) == .published(serial: 5))
        },
        Check("changes nothing when it is claimed again") { database in
            try await database.declareIndexes([.main])
            try await database.cache(SampleFile())
            #expect(try await database.claim(Sample.name("sample"), in: .main, by: Sample.author()).count == 1)
            let before = try await database.changes(since: nil).cursor
            #expect(try await database.claim(Sample.name("sample"), in: .main, by: Sample.author()).isEmpty)
            #expect(try await database.changes(since: nil).cursor == before)
            #expect(try await database.audit(limit: 10, before: nil).map(\.action) == ["project.claim"])
        },
        Check("shows other processes which pages a claim changed, in every index") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            try await database.cache(SampleFile().with { $0.index = other })
            let start = try await database.changes(since: nil).cursor
            _ = try await database.claim(Sample.name("sample"), in: .main, by: Sample.author())
            let name = try Sample.name("sample")
            #expect(
                try await database.changes(since: start).projects
                    == [.init(index: .main, project: name), .init(index: other, project: name)])
        },
        Check("comes back from manifests as it was claimed") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            try await database.cache(SampleFile().with { $0.index = other })
            _ = try await database.claim(Sample.name("sample"), in: .main, by: Sample.author())
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            #expect(try shelf.fileManifests().map(\.state) == [.published, .pruned])
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            #expect(try await origins(database, [.main, other]) == [.local, .reserved])
            #expect(try await database.cachedFiles(in: nil).isEmpty)
        },
        Check(
            "lets no file be cached beside a claim in another process",
            twice: { database, again in
                try await database.declareIndexes([.main])
                for number in 0..<20 {
                    let project = "race-\(number)"
                    async let cached = again.cache(SampleFile(project))
                    async let claimed = database.claim(
                        Sample.name(project), in: .main, by: Sample.author())
                    let (outcome, pruned) = (try await cached, try await claimed)
                    if case .cached = outcome { #expect(pruned.count == 1) } else { #expect(outcome == .isPrivate) }
                    let standing = try await database.standing(of: Sample.name(project), in: .main)
                    #expect(standing.origin == .local)
                }
                #expect(try await database.cachedFiles(in: nil).isEmpty)
            }),
    ]

    private static let foreignChecks: [Check] = [
        Check("lets a look at a page of an upstream keep nobody from publishing, and then keeps nothing of it") {
            database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            for index in [IndexName.main, other] { #expect(try await adopt(database, in: index) == .upstream("pypi")) }
            let new = try SampleFile().newFile()
            let state = try await database.publishState(
                project: new.project, fileKey: new.fileKey, in: .main, mayMix: false)
            #expect(state.foreignOrigin == nil)
            #expect(try await database.publish(SampleFile()) == .published(serial: 2))
            #expect(try await standing(database) == NameStanding(origin: .local, isPublishedAnywhere: true))
            // A fetch that was under way meanwhile.
            let foreign = SampleFile("Sample", "9").with { $0.index = other }
            #expect(try await database.cache(foreign) == .isPrivate)
            #expect(try await database.cachedFiles(in: nil).isEmpty)
            guard case .cached = try await database.cache(foreign, isMirrored: true) else {
                Issue.record("a mirrored name is public elsewhere, too")
                return
            }
        },
        Check("refuses to publish under a name of which any index keeps files from an upstream") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            try await database.cache(SampleFile("Sample", "9").with { $0.index = other })
            for index in [IndexName.main, other] {
                let sample = SampleFile().with { $0.index = index }
                #expect(try await database.publish(sample) == .foreignOrigin(.upstream("pypi")))
                let new = try sample.newFile()
                let state = try await database.publishState(
                    project: new.project, fileKey: new.fileKey, in: index, mayMix: false)
                #expect(state.foreignOrigin == .upstream("pypi"))
                let mixing = try await database.publishState(
                    project: new.project, fileKey: new.fileKey, in: index, mayMix: true)
                #expect(mixing.foreignOrigin == nil)
            }
            #expect(try await origins(database, [.main, other]) == [nil, .upstream("pypi")])
        },
        Check("refuses so also while the other index is hidden") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            try await database.cache(SampleFile().with { $0.index = other })
            try await database.declareIndexes([.main])
            #expect(try await database.publish(SampleFile()) == .foreignOrigin(.upstream("pypi")))
        },
        Check("claims such a name with the publish, in one transaction, for those who may") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            try await database.cache(SampleFile("Sample", "9").with { $0.index = other })
            _ = try await database.setStatus(
                .archived, reason: nil, of: Sample.name("sample"), in: other, by: Sample.author())
            let refused = SampleFile().with { $0.index = other }
            #expect(try await database.publish(refused, mayClaim: true) == .closed(.archived))
            #expect(try await database.cachedFiles(in: nil).count == 1)
            guard case .claimed(_, let pruned) = try await database.publish(SampleFile(), mayClaim: true) else {
                Issue.record("it was not claimed")
                return
            }
            #expect(pruned.map(\.filename) == ["sample-9.tar.gz"])
            #expect(try await origins(database, [.main, other]) == [.local, .reserved])
            #expect(try await database.filenames("sample") == ["sample-1.0.tar.gz"])
            let record = try #require(try await database.project(Sample.name("sample"), in: .main))
            #expect(record.serial == record.files.first?.serial)
            #expect(
                try await database.audit(limit: 2, before: nil).map(\.action) == ["file.publish", "project.claim"])
        },
        Check("goes on publishing what is this index's own, when another index begins to mirror it") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            try await database.publish(SampleFile())
            #expect(try await adopt(database, in: other, mayMix: true) == .upstream("pypi"))
            #expect(try await database.publish(SampleFile("Sample", "2")) == .published(serial: 2))
        },
    ]

    private static let releaseChecks: [Check] = [
        Check("gives a name back once its files are deleted, and the next look settles whose it is") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let name = try Sample.name("sample")
            try await database.cache(SampleFile("Sample", "9").with { $0.index = other })
            _ = try await database.publish(SampleFile(), mayClaim: true)
            #expect(try await database.release(name, in: .main, by: Sample.author()) == .hasFiles)
            #expect(try await database.release(name, in: other, by: Sample.author()) == .ownedElsewhere([.main]))
            let target = FileTarget(index: .main, project: name, selection: .release(try Sample.version("1.0")))
            _ = try await database.delete(target, by: Sample.author())
            #expect(try await adopt(database, in: other) == .reserved)
            #expect(try await database.release(name, in: .main, by: Sample.author("eve")) == .released(remaining: []))
            let line = try #require(try await database.audit(limit: 1, before: nil).first)
            #expect(
                [line.action, line.actor, line.index, line.project] == ["project.release", "eve", "main", "sample"])
            for index in [IndexName.main, other] {
                #expect(
                    try await standing(database, in: index)
                        == NameStanding(origin: .released, isPublishedAnywhere: false))
            }
            #expect(try await database.projects(in: .main).names.isEmpty)
            #expect(try await database.release(name, in: .main, by: Sample.author()) == .notOwned)
            #expect(try await adopt(database, from: "mirror") == .upstream("mirror"))
            guard case .cached = try await database.cache(SampleFile("Sample", "9").with { $0.index = other }) else {
                Issue.record("it was not cached")
                return
            }
            // The names of deleted files stay used up.
            _ = try await database.claim(name, in: .main, by: Sample.author())
            #expect(try await database.publish(SampleFile()) == .usedUp(filename: "sample-1.0.tar.gz"))
        },
        Check("leaves a name private that another index owns") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let name = try Sample.name("sample")
            _ = try await database.claim(name, in: .main, by: Sample.author())
            try await database.publish(SampleFile().with { $0.index = other })
            #expect(try await database.release(name, in: .main, by: Sample.author()) == .released(remaining: [other]))
            #expect(
                try await standing(database) == NameStanding(origin: .released, isPublishedAnywhere: true))
            #expect(try await adopt(database) == nil)
            #expect(try await database.cache(SampleFile("Sample", "9")) == .isPrivate)
            #expect(try await database.publish(SampleFile("Sample", "2")) != .foreignOrigin(.upstream("pypi")))
        },
        Check("comes back from manifests as it was given back") { database in
            try await database.declareIndexes([.main])
            let name = try Sample.name("sample")
            _ = try await database.claim(name, in: .main, by: Sample.author())
            _ = try await database.release(name, in: .main, by: Sample.author(after: 1))
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            #expect(try await standing(database) == NameStanding(origin: .released, isPublishedAnywhere: false))
        },
    ]
}
