import PackagingStandards
public import Registry
import Testing

/// What every `RebuildDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum RebuildDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any RebuildDatabase & PublishingDatabase & ManagingDatabase & CachingDatabase
        & NameDatabase & ReadingDatabase & PeopleDatabase & OutboxDatabase & AuditDatabase & InstallationDatabase
        & ChangesDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Makes a history with every kind of change, which a rebuild must bring back.
    public static func makeHistory(in database: Subject) async throws {
        let other = try Sample.index("other")
        try await database.declareIndexes([.main, other])
        let name = try Sample.name("sample")
        func target(_ selection: FileTarget.Selection) -> FileTarget {
            FileTarget(index: .main, project: name, selection: selection)
        }
        for (number, version) in ["1.0", "1.1", "2.0rc1", "2.0", "3.0"].enumerated() {
            try await database.publish(
                SampleFile("Sample", version).with {
                    $0.contents = version
                    $0.metadata = number == 1 ? nil : "metadata of \(version)"
                    $0.summary = "Summary of \(version)"
                    $0.attestations = [2: "[1]", 3: #"{"bundles":[]}"#][number]
                    $0.at = SampleTime.after(Int64(number))
                })
        }
        try await database.publish(
            SampleFile("Sample", "1.0.0").with {
                $0.filename = "sample-1.0.0-py3-none-any.whl"
                $0.contents = "wheel"
            })
        try await database.publish(SampleFile("Other.Project").with { $0.index = other })
        try await database.publish(SampleFile("Sample", "1.1").with { $0.contents = "new 1.1" }, overwriting: true)
        try await database.publish(SampleFile("Sample", "2.0.0").with { $0.contents = "new 2.0" }, overwriting: true)
        _ = try await database.setYanked(
            .yes(reason: "bad"), target(.release(Sample.version("1"))), by: Sample.author())
        _ = try await database.delete(target(.file("sample-3.0.tar.gz")), by: Sample.author(after: 101))
        _ = try await database.setStatus(.deprecated, reason: "old", of: name, in: .main, by: Sample.author(after: 102))
        _ = try await database.purge(Sample.digest("2.0rc1"), by: Sample.author(after: 103))
        _ = try await database.purge(Sample.digest("1.1"), by: Sample.author(after: 104))
        try await makeUpstreamHistory(in: database)
    }

    /// Makes cached files of every fate: kept, yanked, pruned, kept again, purged, displaced by a published one,
    /// claimed.
    private static func makeUpstreamHistory(in database: Subject) async throws {
        let other = try Sample.index("other")
        func cached(_ project: String, _ version: String, in index: IndexName = .main) -> SampleFile {
            SampleFile(project, version).with {
                $0.index = index
                $0.contents = "\(project) \(version)"
                $0.metadata = "metadata of \(project) \(version)"
                $0.summary = "Upstream's \(version)"
                $0.at = SampleTime.after(110)
            }
        }
        for version in ["1", "2", "3", "4"] { try await database.cache(cached("Cached", version, in: other)) }
        let name = try Sample.name("cached")
        _ = try await database.followYanked(
            ["cached-1.tar.gz": .yes(reason: "gone")], of: name, in: other, from: "pypi", at: SampleTime.after(120))
        let files = try await database.cachedFiles(in: other)
        _ = try await database.prune(
            files.filter { ["3", "4"].contains($0.version) }, by: Sample.author(after: 121))
        try await database.cache(cached("Cached", "3", in: other))
        _ = try await database.purge(Sample.digest("Cached 2"), by: Sample.author(after: 122))

        for version in ["1.0", "2.0"] { try await database.cache(cached("Mixed", version), mayMix: true) }
        try await database.publish(
            SampleFile("mixed", "1.0.0").with {
                $0.contents = "mine"
                $0.at = SampleTime.after(123)
            }, mayMix: true)

        try await database.cache(cached("Claimed", "1", in: other))
        _ = try await database.claim(Sample.name("claimed"), in: .main, by: Sample.author(after: 124))
        _ = try await database.adopt(
            Sample.name("adopted"), displayName: "Adopted", from: "pypi", in: .main, mayMix: false,
            at: SampleTime.after(125))
    }

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check("adopts the id of a storage") { database in
            _ = try await database.installationID()
            try await database.adoptInstallationID("0123456789abcdef")
            #expect(try await database.installationID() == "0123456789abcdef")
        },
        Check("makes the same projects, files and serials out of manifests", rebuildCheck),
        Check("never counts a serial back, and lets nothing stand that no manifest names") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("a"))
            try await database.publish(SampleFile("b"))
            try await database.rebuild(
                from: RebuildContents(projects: [], files: [], firstOfReleases: [], replaced: []),
                now: SampleTime.start)
            #expect(try await database.isEmpty())
            #expect(try await database.publish(SampleFile("a")) == .published(serial: 3))
        },
        Check(
            "rebuilds nothing if anything was published, or rebuilt, since the manifests were read",
            twice: { database, again in
                try await database.declareIndexes([.main])
                try await database.publish(SampleFile("a"))
                var shelf = ManifestShelf()
                try await shelf.flush(database)
                let start = try await database.changes(since: nil).cursor
                try await again.publish(SampleFile("b"))
                let error = await #expect(throws: RegistryError.self) {
                    try await database.rebuild(
                        from: shelf.contents(), keepingRows: false, since: start, now: SampleTime.start)
                }
                #expect(error?.code == .conflict)
                #expect(try await database.filenames("b") != nil)
                let after = try await database.changes(since: nil).cursor
                try await again.rebuild(from: shelf.contents(), keepingRows: false, since: after, now: SampleTime.start)
                let second = await #expect(throws: RegistryError.self) {
                    try await database.rebuild(
                        from: shelf.contents(), keepingRows: false, since: after, now: SampleTime.start)
                }
                #expect(second?.code == .conflict)
            }),
        Check("adds what manifests have, and keeps what is newer or that they do not name", additionCheck),
        Check("leaves people and the audit alone in a rebuild") { database in
            try await database.declareIndexes([.main])
            try await database.addUser("eve", passwordHash: "$y$", isAdministrator: true, by: Sample.author())
            try await database.publish(SampleFile("a"))
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            #expect(try await database.users().map(\.name) == ["eve"])
            #expect(try await database.audit(limit: 10, before: nil).count == 2)
        },
    ]

    @Sendable private static func rebuildCheck(_ database: Subject) async throws {
        try await makeHistory(in: database)
        let before = try await Picture(of: database)
        var shelf = ManifestShelf()
        try await shelf.flush(database)
        try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
        let after = try await Picture(of: database)
        #expect(after == before)
        for sample in [SampleFile("Sample", "3.0"), SampleFile("Sample", "2.0rc1")] {
            guard case .usedUp = try await database.publish(sample, overwriting: true) else {
                Issue.record("\(sample.version) is used up")
                continue
            }
        }
    }

    /// The rows are older than some manifests, as after a restore of the database, and newer than others.
    @Sendable private static func additionCheck(_ database: Subject) async throws {
        try await database.declareIndexes([.main])
        for name in ["deleted", "yanked"] { try await database.publish(SampleFile(name)) }
        var shelf = ManifestShelf()
        func target(_ name: String) throws -> FileTarget {
            FileTarget(index: .main, project: try Sample.name(name), selection: .file("\(name)-1.0.tar.gz"))
        }
        _ = try await database.delete(try target("deleted"), by: Sample.author())
        try await database.publish(SampleFile("missing"))
        try await shelf.flush(database)
        let newer = try shelf.contents()
        try await database.rebuild(
            from: RebuildContents(
                projects: newer.projects.filter { $0.project != "missing" },
                files: newer.files.filter { $0.project == "yanked" }, firstOfReleases: [], replaced: []),
            now: SampleTime.start)
        _ = try await database.setYanked(.yes(reason: "bad"), try target("yanked"), by: Sample.author())
        try await database.publish(SampleFile("unnamed", "2.0"))
        let before = try await database.changes(since: nil).cursor.serials

        try await database.rebuild(from: newer, keepingRows: true, now: SampleTime.start)
        #expect(try await database.filenames("missing") == ["missing-1.0.tar.gz"])
        #expect(try await database.filenames("unnamed") == ["unnamed-2.0.tar.gz"])
        let yanked = try await database.project(try Sample.name("yanked"), in: .main)
        #expect(yanked?.files.map(\.yanked) == [.yes(reason: "bad")])
        guard case .usedUp = try await database.publish(SampleFile("deleted")) else {
            Issue.record("the name of a deleted file is used up")
            return
        }
        #expect(try await database.changes(since: nil).cursor.serials == before)
    }

    /// What the port shows of a history.
    private struct Picture: Equatable {
        var serials: [Int64] = []
        var projects: [String] = []
        var files: [FileRecord] = []
        var locations: [FileLocation?] = []
        var found: [ProjectSummary] = []

        init(of database: Subject) async throws {
            for index in [IndexName.main, try Sample.index("other")] {
                let listing = try await database.projects(in: index)
                serials.append(listing.serial)
                for name in listing.names {
                    guard let project = try await database.project(name, in: index) else { continue }
                    projects.append(
                        "\(name) \(project.displayName) \(project.origin) \(project.status) "
                            + "\(project.statusReason ?? "") \(project.serial)")
                    files += project.files
                }
                for text in ["", "summ", "upstream's"] {
                    found += try await database.search(ProjectSearch(index: index, text: text, limit: 10, offset: 0))
                }
            }
            for (version, contents) in [("1.1", "1.1"), ("1.1", "new 1.1"), ("2.0", "2.0"), ("2.0.0", "new 2.0")] {
                let address = try SampleFile("Sample", version).with { $0.contents = contents }.address()
                locations.append(try await database.file(at: address, now: SampleTime.after(200)))
            }
        }
    }
}
