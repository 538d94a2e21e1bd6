import PackagingStandards
import Registry
import Testing

extension DatabaseContract {
    static let replacingChecks: [Check] = [
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
        Check("tells of a replaced file in the manifest of the new one") { database in
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
