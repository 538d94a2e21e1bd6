import PackagingStandards
public import Registry
import Testing

/// What every `ManagingDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum ManagingDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any ManagingDatabase & PublishingDatabase & ReadingDatabase & OutboxDatabase
        & AuditDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = managingChecks + purgingChecks

    private static func target(_ selection: FileTarget.Selection) throws -> FileTarget {
        FileTarget(index: .main, project: try Sample.name("sample"), selection: selection)
    }

    private static func publishTwoReleases(_ database: Subject) async throws {
        try await database.declareIndexes([.main])
        try await database.publish(SampleFile("Sample", "1.0"))
        try await database.publish(
            SampleFile("Sample", "1.0").with {
                $0.filename = "sample-1.0-py3-none-any.whl"
                $0.contents = "wheel"
            })
        try await database.publish(SampleFile("Sample", "2.0").with { $0.contents = "second" })
    }

    private static let managingChecks: [Check] = [
        Check("yanks all files of a release, however its version is spelt, and takes it back") { database in
            try await publishTwoReleases(database)
            let release = try target(.release(try Sample.version("1.0.0")))
            let found = try await database.setYanked(.yes(reason: "broken"), release, by: Sample.author())
            #expect(found.sorted() == ["sample-1.0-py3-none-any.whl", "sample-1.0.tar.gz"])
            var project = try #require(try await database.project(release.project, in: .main))
            #expect(project.files.map(\.yanked) == [.yes(reason: "broken"), .yes(reason: "broken"), .no])
            #expect(project.serial == 4)
            let line = try #require(try await database.audit(limit: 1, before: nil).first)
            #expect(line.action == "release.yank")
            #expect(line.subject == "1.0", "as the files spell it")

            _ = try await database.setYanked(.no, release, by: Sample.author())
            project = try #require(try await database.project(release.project, in: .main))
            #expect(project.files.allSatisfy { $0.yanked == .no })
        },
        Check("takes no serial for a yank that changes nothing") { database in
            try await publishTwoReleases(database)
            let file = try target(.file("sample-2.0.tar.gz"))
            _ = try await database.setYanked(.yes(reason: nil), file, by: Sample.author())
            #expect(
                try await database.setYanked(.yes(reason: ""), file, by: Sample.author()) == ["sample-2.0.tar.gz"])
            #expect(try await database.projects(in: .main).serial == 4)
        },
        Check("finds nothing to yank or delete if there is nothing") { database in
            try await publishTwoReleases(database)
            let missing = [
                try target(.file("sample-3.0.tar.gz")), try target(.release(try Sample.version("3"))),
                FileTarget(index: .main, project: try Sample.name("other"), selection: .file("other-1.tar.gz")),
                FileTarget(
                    index: try Sample.index("other"), project: try Sample.name("sample"),
                    selection: .file("sample-1.0.tar.gz")),
            ]
            for target in missing {
                #expect(try await database.setYanked(.yes(reason: nil), target, by: Sample.author()).isEmpty)
                #expect(try await database.delete(target, by: Sample.author()).isEmpty)
            }
            #expect(try await database.projects(in: .main).serial == 3)
        },
        Check("never gives a deleted file's name to anybody again, not even for the same bytes") { database in
            try await publishTwoReleases(database)
            let sample = SampleFile("Sample", "1.0")
            let file = try target(.file("sample-1.0.tar.gz"))
            #expect(try await database.delete(file, by: Sample.author()) == ["sample-1.0.tar.gz"])
            #expect(try await database.filenames("sample") == ["sample-1.0-py3-none-any.whl", "sample-2.0.tar.gz"])
            #expect(try await database.file(at: sample.address(), now: SampleTime.start) == nil)
            for again in [sample, sample.with { $0.contents = "other" }, SampleFile("Sample", "1.0.0")] {
                #expect(
                    try await database.publish(again, overwriting: true) == .usedUp(filename: "sample-1.0.tar.gz"))
            }
        },
        Check("writes every change into the audit and into manifests") { database in
            try await publishTwoReleases(database)
            let file = try target(.file("sample-2.0.tar.gz"))
            _ = try await database.setYanked(.yes(reason: "bad"), file, by: Sample.author("eve"))
            _ = try await database.delete(file, by: Sample.author("eve"))
            let lines = try await database.audit(limit: 2, before: nil)
            #expect(lines.map(\.action) == ["file.delete", "file.yank"])
            #expect(lines.map(\.actor) == ["eve", "eve"])
            #expect(lines.first?.subject == "sample-2.0.tar.gz")
            #expect(lines.first?.project == "sample")
            #expect(lines.first?.index == "main")
            let older = try await database.audit(limit: 10, before: lines.last?.id)
            #expect(older.map(\.action) == ["file.publish", "file.publish", "file.publish"])

            var shelf = ManifestShelf()
            try await shelf.flush(database)
            let states = try shelf.fileManifests().map { "\($0.serial) \($0.state) \($0.isYanked)" }
            #expect(
                states == [
                    "1 published false", "2 published false", "3 published false", "4 published true",
                    "5 deleted true",
                ])
            #expect(try shelf.fileManifests().last?.changedBy == "eve")
            #expect(try shelf.fileManifests().last?.uploader == "ada")
        },
        Check("sets a project's status, and writes its manifest") { database in
            try await publishTwoReleases(database)
            let name = try Sample.name("sample")
            #expect(try await database.setStatus(.archived, reason: "done", of: name, in: .main, by: Sample.author()))
            let project = try #require(try await database.project(name, in: .main))
            #expect(project.status == .archived)
            #expect(project.statusReason == "done")
            #expect(project.serial == 4)
            #expect(
                try await !database.setStatus(
                    .archived, reason: nil, of: Sample.name("other"), in: .main, by: Sample.author()))
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            let manifests = try shelf.projectManifests()
            #expect(manifests.map(\.status) == ["active", "archived"])
            #expect(manifests.last?.statusReason == "done")
        },
    ]

    private static let purgingChecks: [Check] = [
        Check("purges a digest from every index, and asks for its bytes' removal") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let sample = SampleFile()
            try await database.publish(sample)
            try await database.publish(sample.with { $0.index = other })
            let outcome = try await database.purge(Sample.digest("contents"), by: Sample.author())
            #expect(Set(outcome.files.map(\.index)) == [.main, other])
            for index in [IndexName.main, other] {
                #expect(try await database.filenames("sample", in: index) == [])
                #expect(try await database.projects(in: index).serial == 2)
            }
            #expect(try await database.file(at: sample.address(), now: SampleTime.start) == nil)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            #expect(Set(shelf.removed) == Set(try sample.blobs()))
            #expect(try shelf.fileManifests().suffix(1).map(\.state) == [.purged])
            #expect(
                try await database.publish(sample.with { $0.contents = "clean" }, overwriting: true)
                    == .usedUp(filename: "sample-1.0.tar.gz"))
            #expect(try await database.purge(Sample.digest("contents"), by: Sample.author()).files.isEmpty)
        },
        Check("purges a replaced file that is still served, and leaves the file in its place") { database in
            try await database.declareIndexes([.main])
            let old = SampleFile()
            try await database.publish(old)
            let new = old.with { $0.contents = "newer" }
            try await database.publish(new, overwriting: true)
            let outcome = try await database.purge(Sample.digest("contents"), by: Sample.author())
            #expect(outcome.files.map(\.filename) == ["sample-1.0.tar.gz"])
            #expect(try await database.file(at: old.address(), now: SampleTime.start) == nil)
            #expect(try await database.file(at: new.address(), now: SampleTime.start) != nil)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            // The metadata have the same digest and name in both files, and the new one still needs them.
            #expect(shelf.removed == [BlobName(digest: Sample.digest("contents"), name: "sample-1.0.tar.gz")])
        },
        Check("purges a deleted file's bytes too") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile())
            let file = try target(.file("sample-1.0.tar.gz"))
            _ = try await database.delete(file, by: Sample.author())
            #expect(try await database.purge(Sample.digest("contents"), by: Sample.author()).files.count == 1)
        },
        Check("answers an upload of purged bytes that they must be stored again, while and after they go") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            try await database.publish(SampleFile())
            _ = try await database.purge(Sample.digest("contents"), by: Sample.author(after: 5))
            let stored = try await database.removals()
            let again = SampleFile().with {
                $0.index = other
                $0.at = SampleTime.after(6)
                $0.storedAfter = stored
            }
            #expect(try await database.publish(again) == .beingSwept)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            #expect(try await database.publish(again) == .beingSwept)
            let removals = try await database.removals()
            #expect(
                try await database.publish(again.with { $0.storedAfter = removals }) == .published(serial: 1))
        },
    ]
}
