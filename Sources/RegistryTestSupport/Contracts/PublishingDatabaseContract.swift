import PackagingStandards
public import Registry
import Testing

/// What every `PublishingDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum PublishingDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any PublishingDatabase & ReadingDatabase & ManagingDatabase & OutboxDatabase
        & AuditDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = publishingChecks + replacingChecks

    private static let publishingChecks: [Check] = [
        Check("keeps all that is known of a file") { database in
            try await database.declareIndexes([.main])
            let sample = SampleFile("My.Project", "1.0").with {
                $0.attestations = "[{}]"
                $0.summary = "Übermäßig nützlich 🐍"
            }
            #expect(try await database.publish(sample) == .published(serial: 1))

            let new = try sample.newFile()
            let project = try #require(try await database.project(sample.name(), in: .main))
            #expect(project.displayName == "My.Project")
            #expect(project.origin == .local)
            #expect(project.status == .active)
            #expect(project.serial == 1)
            let file = try #require(project.files.first)
            let expected = FileRecord(
                filename: new.filename, fileKey: new.fileKey, packageType: "sdist", version: "1.0", size: new.size,
                digests: new.digests, metadataDigest: new.metadataDigest, metadataSize: new.metadataSize,
                requiresPython: ">=3.9", uploadedAt: new.uploadedAt, uploader: "ada", yanked: .no, serial: 1)
            #expect(file == expected)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            #expect(try shelf.fileManifests().map(\.attestations) == ["[{}]"])
        },
        Check("returns the manifests that it has put into the outbox, and no others") { database in
            try await database.declareIndexes([.main])
            var before: [OutboxEntry] = []
            for (sample, count) in [(SampleFile("Sample", "1.0"), 2), (SampleFile("Sample", "2.0"), 1)] {
                let decision = try await database.publish(
                    sample.newFile(), overwriting: false, mayCreate: true, mayClaim: false, mayMix: false,
                    oldAddressServedUntil: SampleTime.nextDay)
                #expect(decision.promises.count == count, "that of the file, and that of a new project")
                before += decision.promises
                #expect(try await database.claimOutbox(limit: 10, now: SampleTime.after(1000)) == before)
            }
            let again = try await database.publish(
                SampleFile("Sample", "1.0").newFile(), overwriting: false, mayCreate: true, mayClaim: false,
                mayMix: false, oldAddressServedUntil: SampleTime.nextDay)
            #expect(again == PublishDecision(.identical(filename: "sample-1.0.tar.gz")))
        },
        Check("answers the same bytes again with the first name, and changes nothing") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("Sample", "1.0"))
            let again = SampleFile("Sample", "1.0.0")
            #expect(try await database.publish(again) == .identical(filename: "sample-1.0.tar.gz"))
            #expect(try await database.projects(in: .main).serial == 1)
            #expect(try await database.audit(limit: 10, before: nil).count == 1)
        },
        Check("refuses other bytes under the same key, however it is spelt") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("Sample", "1.0"))
            let other = SampleFile("Sample", "1.0.0").with { $0.contents = "other" }
            #expect(try await database.publish(other) == .exists(filename: "sample-1.0.tar.gz"))
            #expect(try await database.filenames("sample") == ["sample-1.0.tar.gz"])
        },
        Check("takes the same file in two indexes") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            #expect(try await database.publish(SampleFile()) == .published(serial: 1))
            #expect(try await database.publish(SampleFile().with { $0.index = other }) == .published(serial: 1))
        },
        Check("keeps a release's first spelling and a project's first name") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("My_Project", "1.0"))
            try await database.publish(
                SampleFile("my-project", "1.0.0").with {
                    $0.filename = "my_project-1.0.0-py3-none-any.whl"
                    $0.contents = "wheel"
                })
            let project = try #require(try await database.project(Sample.name("my-project"), in: .main))
            #expect(project.displayName == "My_Project")
            #expect(project.files.map(\.version) == ["1.0", "1.0"])
        },
        Check("makes no project without the right to") { database in
            try await database.declareIndexes([.main])
            #expect(try await database.publish(SampleFile(), mayCreate: false) == .mayNotCreate)
            #expect(try await database.isEmpty())
            #expect(try await database.publish(SampleFile()) == .published(serial: 1))
            #expect(try await database.publish(SampleFile("Sample", "2"), mayCreate: false) == .published(serial: 2))
        },
        Check("says what stands before an upload is checked") { database in
            try await database.declareIndexes([.main])
            let sample = try SampleFile().newFile()
            func state() async throws -> PublishState {
                try await database.publishState(
                    project: sample.project, fileKey: sample.fileKey, in: .main, mayMix: false)
            }
            #expect(try await state().project == nil)
            #expect(try await state().existing == .none)
            try await database.publish(SampleFile())
            #expect(try await state().project == .init(origin: .local, status: .active))
            #expect(
                try await state().existing
                    == .published(filename: "sample-1.0.tar.gz", sha256: sample.digests.sha256))
            _ = try await database.delete(
                FileTarget(index: .main, project: sample.project, selection: .file(sample.filename)),
                by: Sample.author())
            #expect(try await state().existing == .usedUp(filename: "sample-1.0.tar.gz"))
        },
        Check(
            "gives a file that many publish at once to exactly one, and loses no serial's order",
            twice: { database, again in
                try await database.declareIndexes([.main])
                let outcomes = try await withThrowingTaskGroup(of: PublishOutcome.self) { group in
                    for number in 0..<8 {
                        let database = number.isMultiple(of: 2) ? database : again
                        group.addTask {
                            try await database.publish(SampleFile().with { $0.contents = "contents \(number)" })
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let published = outcomes.filter { if case .published = $0 { true } else { false } }
                #expect(published.count == 1)
                #expect(outcomes.count { $0 == .exists(filename: "sample-1.0.tar.gz") } == 7)
                #expect(try await database.filenames("sample")?.count == 1)
            }),
        Check("counts one serial for each change of an index, for itself") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            for version in 1...3 { try await database.publish(SampleFile("a", "\(version)")) }
            try await database.publish(SampleFile("b", "1").with { $0.index = other })
            #expect(try await database.projects(in: .main).serial == 3)
            #expect(try await database.projects(in: other).serial == 1)
            #expect(try await database.project(Sample.name("a"), in: .main)?.files.map(\.serial) == [1, 2, 3])
        },
        Check("takes no files if the project's status forbids it", statusCheck),
    ]

    @Sendable private static func statusCheck(_ database: Subject) async throws {
        try await database.declareIndexes([.main])
        try await database.publish(SampleFile())
        let name = try Sample.name("sample")
        for status in [ProjectStatus.archived, .quarantined] {
            #expect(try await database.setStatus(status, reason: "why", of: name, in: .main, by: Sample.author()))
            #expect(try await database.publish(SampleFile("Sample", "2")) == .closed(status))
        }
        #expect(try await database.setStatus(.deprecated, reason: nil, of: name, in: .main, by: Sample.author()))
        #expect(try await database.publish(SampleFile("Sample", "2")) == .published(serial: 5))
    }

    private static let replacingChecks: [Check] = [
        Check("replaces a file and serves its old address for a while") { database in
            try await database.declareIndexes([.main])
            let old = SampleFile()
            let new = SampleFile().with { $0.contents = "newer" }
            try await database.publish(old)
            #expect(try await database.publish(new, overwriting: true) == .replaced(serial: 2))

            let current = try #require(try await database.file(at: new.address(), now: SampleTime.start))
            #expect(current.servedUntil == nil)
            let former = try #require(try await database.file(at: old.address(), now: SampleTime.start))
            #expect(former.servedUntil == SampleTime.nextDay)
            #expect(former.size == Int64(old.contents.utf8.count))
            #expect(try await database.file(at: old.address(), now: SampleTime.nextDay) == nil)
            let digests = try await database.project(old.name(), in: .main)?.files.map(\.digests.sha256)
            #expect(digests == [Sample.digest("newer")])
        },
        Check("names a replaced file in the manifest of the new one") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile())
            try await database.publish(SampleFile().with { $0.contents = "newer" }, overwriting: true)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            let last = try #require(try shelf.fileManifests().last)
            #expect(last.state == .published)
            #expect(last.serial == 2)
            #expect(last.replaced?.sha256 == Sample.digest("contents"))
            #expect(last.replaced?.servedUntil == SampleTime.nextDay.microseconds)
        },
        Check("replaces a file by one of another spelling, and says so in the old name's manifest") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("Sample", "1.0"))
            let new = SampleFile("Sample", "1.0.0").with { $0.contents = "newer" }
            #expect(try await database.publish(new, overwriting: true) == .replaced(serial: 2))
            #expect(try await database.filenames("sample") == ["sample-1.0.0.tar.gz"])
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            let states = try shelf.fileManifests().filter { $0.serial == 2 }.map { "\($0.filename) \($0.state)" }
            #expect(states.sorted() == ["sample-1.0.0.tar.gz published", "sample-1.0.tar.gz replaced"])
        },
    ]
}
