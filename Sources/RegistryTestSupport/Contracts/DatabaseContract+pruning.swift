import PackagingStandards
import Registry
import Testing

extension DatabaseContract {
    private static let name = "sample"

    private static func states(_ database: any Database, _ shelf: inout ManifestShelf) async throws -> [String] {
        try await shelf.flush(database)
        return try shelf.fileManifests().map { "\($0.serial) \($0.filename) \($0.state) \($0.sourceUpstream ?? "-")" }
    }

    static let mixingChecks: [Check] = [
        Check("makes an upstream's project ours with the first published file, where both may stand") { database in
            try await database.declareIndexes([.main])
            try await database.cache(SampleFile("Sample", "2"), mayMix: true)
            #expect(try await database.publish(SampleFile(), mayCreate: false, mayMix: true) == .mayNotCreate)
            #expect(try await database.publish(SampleFile(), mayMix: true) == .published(serial: 3))
            let project = try #require(try await database.project(Sample.name(name), in: .main))
            #expect(project.origin == .local)
            #expect(project.files.map { $0.source?.upstream } == [nil, "pypi"])
            let more = SampleFile("Sample", "3").with { $0.contents = "third" }
            #expect(try await database.cache(more) == .isPrivate)
            #expect(try await database.cache(more, mayMix: true) == .cached(serial: 4))
        },
        Check("lets a published file win over a cached one of its key, even of the same bytes") { database in
            try await database.declareIndexes([.main])
            for contents in ["contents", "mine"] {
                let project = "sample-" + contents
                try await database.cache(SampleFile(project), mayMix: true)
                let mine = SampleFile(project).with { $0.contents = contents }
                let new = try mine.newFile()
                let state = try await database.publishState(
                    project: new.project, fileKey: new.fileKey, in: .main, mayMix: true)
                #expect(state.existing == .none)
                guard case .replaced = try await database.publish(mine, mayMix: true) else {
                    Issue.record("\(contents): the published file wins")
                    continue
                }
                let files = try #require(try await database.project(mine.name(), in: .main)?.files)
                #expect(files.map(\.digests.sha256) == [Sample.digest(contents)])
                #expect(files.map(\.source) == [nil])
                #expect(files.map(\.uploader) == ["ada"])
                #expect(
                    try await database.cache(SampleFile(project).with { $0.contents = "again" }, mayMix: true)
                        == .taken(filename: new.filename))
            }
            let old = SampleFile("sample-mine")
            #expect(try await database.file(at: old.address(), now: SampleTime.start) == nil)
            #expect(try await database.cachedFiles(in: nil).isEmpty)
            #expect(try await database.audit(limit: 10, before: nil).map(\.action) == ["file.publish", "file.publish"])
        },
        Check("displaces a cached file of another spelling, and leaves no tombstone of its name") { database in
            try await database.declareIndexes([.main])
            try await database.cache(SampleFile("Sample", "1.0"), mayMix: true)
            let mine = SampleFile("Sample", "1.0.0").with { $0.contents = "mine" }
            #expect(try await database.publish(mine, mayMix: true) == .replaced(serial: 3))
            #expect(try await database.filenames(name) == ["sample-1.0.0.tar.gz"])
            var shelf = ManifestShelf()
            #expect(
                try await states(database, &shelf).sorted() == [
                    "2 sample-1.0.tar.gz published pypi", "3 sample-1.0.0.tar.gz published -",
                    "3 sample-1.0.tar.gz pruned pypi",
                ])
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            #expect(try await database.filenames(name) == ["sample-1.0.0.tar.gz"])
        },
    ]

    static let pruningChecks: [Check] = [
        Check("prunes without a tombstone, and says which bytes nothing names any more") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let first = SampleFile("Sample", "1")
            let second = SampleFile("Sample", "2").with { $0.contents = "second" }
            for sample in [first, second, first.with { $0.index = other }] { try await database.cache(sample) }
            let files = try await database.cachedFiles(in: .main)
            let start = try await database.changes(since: nil).cursor
            let unnamed = try await database.prune(files, by: Sample.author("eve"))
            #expect(unnamed == Set(try second.blobs()), "the other index names the first one's")
            #expect(try await database.filenames(name) == [])
            #expect(try await database.filenames(name, in: other) == ["sample-1.tar.gz"])
            #expect(
                try await database.changes(since: start).projects == [.init(index: .main, project: Sample.name(name))])
            let line = try #require(try await database.audit(limit: 10, before: nil).first)
            #expect(line.action == "cache.prune")
            #expect(line.actor == "eve")
            #expect(line.detail?.contains("sample-1.tar.gz sample-2.tar.gz") == true)
            guard case .cached = try await database.cache(first) else {
                Issue.record("A later request fetches it again.")
                return
            }
        },
        Check("passes over what is not cached any more: pruned, published, or other bytes") { database in
            try await database.declareIndexes([.main])
            try await database.cache(SampleFile(), mayMix: true)
            let files = try await database.cachedFiles(in: .main)
            _ = try await database.prune(files, by: Sample.author())
            #expect(try await database.prune(files, by: Sample.author()).isEmpty)
            try await database.cache(SampleFile().with { $0.contents = "other" }, mayMix: true)
            #expect(try await database.prune(files, by: Sample.author()).isEmpty)
            let others = try await database.cachedFiles(in: .main)
            try await database.publish(SampleFile().with { $0.contents = "other" }, mayMix: true)
            let serial = try await database.projects(in: .main).serial
            #expect(try await database.prune(others, by: Sample.author()).isEmpty)
            #expect(try await database.filenames(name) == ["sample-1.0.tar.gz"])
            #expect(try await database.projects(in: .main).serial == serial)
        },
        Check("brings cached files back from manifests, and pruned ones not") { database in
            try await database.declareIndexes([.main])
            for version in ["1", "2", "3"] {
                try await database.cache(SampleFile("Sample", version).with { $0.contents = version })
            }
            let files = try await database.cachedFiles(in: .main)
            _ = try await database.prune(Array(files.dropFirst()), by: Sample.author())
            try await database.cache(SampleFile("Sample", "3").with { $0.contents = "3" })
            let before = try await database.cachedFiles(in: .main)
            let record = try await database.project(Sample.name(name), in: .main)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            #expect(try await database.cachedFiles(in: .main) == before)
            let after = try await database.project(Sample.name(name), in: .main)
            #expect(after?.files == record?.files)
            #expect(after?.origin == .upstream("pypi"))
            #expect(after?.serial == record?.serial)
        },
    ]

    static let followingChecks: [Check] = [
        Check("follows an upstream's page in what is yanked of its cached files") { database in
            try await database.declareIndexes([.main])
            for version in ["1", "2"] {
                try await database.cache(SampleFile("Sample", version).with { $0.contents = version }, mayMix: true)
            }
            try await database.publish(SampleFile("Sample", "3").with { $0.contents = "mine" }, mayMix: true)
            func follow(_ yanked: [String: Yanked], from upstream: String = "pypi") async throws -> Bool {
                try await database.followYanked(
                    yanked, of: Sample.name(name), in: .main, from: upstream, at: SampleTime.after(50))
            }
            func yanked() async throws -> [Yanked]? {
                try await database.project(Sample.name(name), in: .main)?.files.map(\.yanked)
            }
            let start = try await database.changes(since: nil).cursor
            let page: [String: Yanked] = [
                "sample-1.tar.gz": .yes(reason: "bad"), "sample-3.tar.gz": .yes(reason: "not theirs"),
                "sample-9.tar.gz": .yes(reason: nil),
            ]
            #expect(try await !follow(page, from: "other"))
            #expect(try await follow(page))
            #expect(try await yanked() == [.yes(reason: "bad"), .no, .no])
            #expect(
                try await database.changes(since: start).projects == [.init(index: .main, project: Sample.name(name))])
            #expect(try await !follow(page))
            #expect(try await follow(["sample-1.tar.gz": .no]))
            #expect(try await yanked() == [.no, .no, .no])
            #expect(try await !follow(["sample-1.tar.gz": .no]))
            #expect(try await !follow([:]))
            #expect(try await database.audit(limit: 10, before: nil).map(\.action) == ["file.publish"])
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            #expect(try shelf.fileManifests().map(\.isYanked) == [false, false, false, true, false])
            #expect(try shelf.fileManifests().last?.changedBy == "upstream:pypi")
        }
    ]
}
