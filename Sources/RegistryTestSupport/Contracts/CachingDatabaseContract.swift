import PackagingStandards
public import Registry
import Testing

/// What every `CachingDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum CachingDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any CachingDatabase & PublishingDatabase & ManagingDatabase & ReadingDatabase
        & UpstreamDatabase & ChangesDatabase & OutboxDatabase & SweepDatabase & RebuildDatabase & AuditDatabase
        & InstallationDatabase & StatisticsDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = cachingChecks + mixingChecks + pruningChecks + followingChecks

    private static let name = "sample"

    private static func states(_ database: Subject, _ shelf: inout ManifestShelf) async throws -> [String] {
        try await shelf.flush(database)
        return try shelf.fileManifests().map { "\($0.serial) \($0.filename) \($0.state) \($0.sourceUpstream ?? "-")" }
    }

    private static let cachingChecks: [Check] = [
        Check("keeps all that is known of a cached file, and where it came from") { database in
            try await database.declareIndexes([.main])
            let sample = SampleFile("Sample", "1.0.0").with { $0.attestations = "[{}]" }
            #expect(try await database.cache(sample) == .cached(serial: 2))
            let new = try sample.newFile()
            let source = try sample.source()
            let project = try #require(try await database.project(sample.name(), in: .main))
            #expect(project.origin == .upstream("pypi"))
            #expect(project.displayName == "Sample")
            #expect(
                project.files == [
                    FileRecord(
                        filename: new.filename, fileKey: new.fileKey, packageType: "sdist", version: "1.0.0",
                        size: new.size, digests: new.digests, metadataDigest: new.metadataDigest,
                        metadataSize: new.metadataSize, requiresPython: ">=3.9", uploadedAt: new.uploadedAt,
                        uploader: "upstream:pypi", yanked: .no, serial: 2, source: source)
                ])
            let location = try #require(try await database.file(at: sample.address(), now: SampleTime.start))
            #expect(location.isCached)
            #expect(location.version == "1.0.0")
            #expect(location.packageType == "sdist")
            #expect(location.uploadedAt == sample.at)
            let byProject = FileAddress(
                index: .main, locator: .project(try sample.name()), filename: new.filename)
            #expect(try await database.file(at: byProject, now: SampleTime.start) == location)
            #expect(
                try await database.cachedFiles(in: nil) == [
                    CachedFile(
                        index: .main, project: try sample.name(), filename: new.filename, version: "1.0.0",
                        sha256: new.digests.sha256, size: new.size, source: source, cachedAt: sample.at,
                        lastDownloadedAt: nil)
                ])
            #expect(try await database.audit(limit: 10, before: nil).isEmpty)
            var shelf = ManifestShelf()
            #expect(try await states(database, &shelf) == ["2 sample-1.0.0.tar.gz published pypi"])
            #expect(try shelf.fileManifests().first?.source == source)
            #expect(try shelf.fileManifests().first?.attestations == "[{}]")
        },
        Check("says of a published file that it is not cached") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile())
            let location = try #require(try await database.file(at: SampleFile().address(), now: SampleTime.start))
            #expect(!location.isCached)
            try await database.publish(
                SampleFile().with {
                    $0.contents = "newer"
                    $0.at = SampleTime.after(5)
                }, overwriting: true)
            let old = try #require(try await database.file(at: SampleFile().address(), now: SampleTime.start))
            #expect(!old.isCached)
            #expect(old.version == "1.0")
            #expect(old.packageType == "sdist")
            #expect(old.uploadedAt == SampleTime.after(5))
            #expect(old.servedUntil == SampleTime.nextDay)
        },
        Check("answers the same bytes again with nothing done, and keeps the first of two") { database in
            try await database.declareIndexes([.main])
            try await database.cache(SampleFile())
            #expect(try await database.cache(SampleFile()) == .identical)
            #expect(
                try await database.cache(SampleFile().with { $0.contents = "other" })
                    == .taken(filename: "sample-1.0.tar.gz"))
            #expect(
                try await database.cache(SampleFile("Sample", "1.0.0").with { $0.contents = "other" })
                    == .taken(filename: "sample-1.0.tar.gz"))
            #expect(try await database.projects(in: .main).serial == 2)
        },
        Check("caches nothing under a name that is private, or that another upstream owns") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            try await database.publish(SampleFile())
            #expect(try await database.cache(SampleFile("Sample", "2")) == .isPrivate)
            #expect(try await database.cache(SampleFile("Sample", "2").with { $0.index = other }) == .isPrivate)
            #expect(try await database.project(Sample.name(name), in: other) == nil)
            try await database.cache(SampleFile("foo"), from: "first")
            #expect(
                try await database.cache(SampleFile("foo", "2"), from: "second") == .taken(filename: "foo-2.tar.gz"))
        },
        Check(
            "gives a file that many processes cache at once to exactly one",
            twice: { database, again in
                try await database.declareIndexes([.main])
                let outcomes = try await withThrowingTaskGroup(of: CacheOutcome.self) { group in
                    for number in 0..<8 {
                        let database = number.isMultiple(of: 2) ? database : again
                        group.addTask { try await database.cache(SampleFile()) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outcomes.count { if case .cached = $0 { true } else { false } } == 1)
                #expect(outcomes.count { $0 == .identical } == 7)
            }),
        Check("is held back while a sweep removes the bytes, and clears the marks of what it keeps") { database in
            try await database.declareIndexes([.main])
            let sample = SampleFile().with { $0.at = SampleTime.after(30) }
            let blobs = try sample.blobs()
            let taken = try #require(blobs.last)
            _ = try await database.markForSweep(Set(blobs), now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
            #expect(try await database.takeForSweep(taken, now: SampleTime.after(40)))
            #expect(try await database.cache(sample) == .beingSwept)
            #expect(try await database.finishSweep(of: taken))
            #expect(try await database.cache(sample) == .beingSwept)
            let removals = try await database.removals()
            guard case .cached = try await database.cache(sample.with { $0.storedAfter = removals }) else {
                Issue.record("It is stored again, and nothing holds it back any more.")
                return
            }
            for blob in blobs { #expect(try await !database.takeForSweep(blob, now: SampleTime.after(50))) }
            #expect(try await database.unnamedBlobs(among: blobs, now: SampleTime.start).isEmpty)
        },
        Check("counts downloads by day, and moves the last moment forward only") { database in
            try await database.declareIndexes([.main])
            try await database.cache(SampleFile())
            func record(_ count: Int64, at seconds: Int64, project: String = "sample") async throws -> Timestamp? {
                try await database.recordDownloads([
                    DownloadCount(
                        index: .main, project: try Sample.name(project), filename: "sample-1.0.tar.gz", count: count,
                        lastAt: SampleTime.after(seconds))
                ])
                let files = try await database.cachedFiles(in: .main)
                return files.first?.lastDownloadedAt
            }
            #expect(try await record(2, at: 100) == SampleTime.after(100))
            #expect(try await record(1, at: 50) == SampleTime.after(100))
            #expect(try await record(1, at: 90_000) == SampleTime.after(90_000))
            #expect(try await record(1, at: 99_000, project: "unknown") == SampleTime.after(90_000))
            #expect(try await database.audit(limit: 10, before: nil).isEmpty)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            #expect(try await database.cachedFiles(in: .main).first?.lastDownloadedAt == SampleTime.after(90_000))
        },
        Check("lists cached files by index, project and name, and adds up their bytes") { database in
            let other = try Sample.index("a-other")
            try await database.declareIndexes([.main, other])
            for (project, version) in [("b", "2"), ("b", "1"), ("a", "1")] {
                try await database.cache(SampleFile(project, version).with { $0.contents = project + version })
            }
            try await database.cache(SampleFile("c").with { $0.index = other })
            try await database.publish(SampleFile("mine"))
            let all = try await database.cachedFiles(in: nil).map { "\($0.index)/\($0.filename)" }
            #expect(all == ["a-other/c-1.0.tar.gz", "main/a-1.tar.gz", "main/b-1.tar.gz", "main/b-2.tar.gz"])
            #expect(try await database.cachedFiles(in: other).count == 1)
            #expect(try await database.cachedBytes(in: .main) == 6)
            #expect(try await database.cachedBytes(in: other) == 8)
            #expect(try await database.cachedBytes(in: Sample.index("none")) == 0)
        },
        Check("finds no cached file to yank, and forgets one that is deleted") { database in
            try await database.declareIndexes([.main])
            try await database.cache(SampleFile())
            let target = FileTarget(
                index: .main, project: try Sample.name(name), selection: .file("sample-1.0.tar.gz"))
            #expect(try await database.setYanked(.yes(reason: nil), target, by: Sample.author()).isEmpty)
            #expect(try await database.delete(target, by: Sample.author()) == ["sample-1.0.tar.gz"])
            #expect(try await database.audit(limit: 1, before: nil).first?.action == "file.delete")
            #expect(try await database.filenames(name) == [])
            var shelf = ManifestShelf()
            #expect(try await states(database, &shelf).last == "3 sample-1.0.tar.gz pruned pypi")
            #expect(try await database.cache(SampleFile()) == .cached(serial: 4))
        },
        Check("never caches again what was purged, and forgets its learned metadata") { database in
            try await database.declareIndexes([.main])
            try await database.cache(SampleFile())
            let pin = UpstreamPin(
                filename: "sample-1.0.tar.gz", sha256: Sample.digest("contents"),
                metadataDigest: Sample.digest("metadata"), metadataSize: 8, firstSeenAt: SampleTime.start)
            _ = try await database.pin(
                pin, project: Sample.name(name), upstream: "pypi", storedAfter: 0, now: SampleTime.start)
            let outcome = try await database.purge(Sample.digest("contents"), by: Sample.author())
            #expect(outcome.files.map(\.filename) == ["sample-1.0.tar.gz"])
            #expect(try await database.cachedFiles(in: nil).isEmpty)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            #expect(Set(shelf.removed) == Set(try SampleFile().blobs()))
            #expect(try await database.cache(SampleFile()) == .taken(filename: "sample-1.0.tar.gz"))
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            #expect(try await database.cache(SampleFile()) == .taken(filename: "sample-1.0.tar.gz"))
        },
    ]

    private static let mixingChecks: [Check] = [
        Check("makes a project from an upstream local with the first published file, if both may stand") { database in
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

    private static let pruningChecks: [Check] = [
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

    private static let followingChecks: [Check] = [
        Check("follows a page of an upstream in what is yanked of its cached files") { database in
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
