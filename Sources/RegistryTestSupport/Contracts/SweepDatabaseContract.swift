import PackagingStandards
public import Registry
import Testing

/// What every `SweepDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum SweepDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any SweepDatabase & PublishingDatabase & ManagingDatabase & OutboxDatabase
        & RebuildDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check("names the bytes and metadata of files, and of replaced ones while they are served") { database in
            try await database.declareIndexes([.main])
            let old = SampleFile().with { $0.metadata = "old metadata" }
            let new = SampleFile().with { $0.contents = "newer" }
            let unknown = SampleFile("Unknown")
            try await database.publish(old)
            try await database.publish(new, overwriting: true)
            let all = try old.blobs() + new.blobs() + unknown.blobs()
            #expect(
                try await database.unnamedBlobs(among: all, now: SampleTime.start) == Set(try unknown.blobs()))
            #expect(
                try await database.unnamedBlobs(among: all, now: SampleTime.nextDay)
                    == Set(try unknown.blobs() + old.blobs()))
            let renamed = try new.blobs().map { BlobName(digest: $0.digest, name: "x-" + $0.name) }
            #expect(try await database.unnamedBlobs(among: renamed, now: SampleTime.start) == Set(renamed))
        },
        Check("lets a mark wait, and keeps its first moment") { database in
            try await database.declareIndexes([.main])
            let blobs = Set(try SampleFile().blobs())
            func mark(at now: Int64, dueIfBy moment: Int64) async throws -> Set<BlobName> {
                try await database.markForSweep(
                    blobs, now: SampleTime.after(now), dueIfMarkedBy: SampleTime.after(moment))
            }
            #expect(try await mark(at: 10, dueIfBy: 9) == [])
            #expect(try await mark(at: 20, dueIfBy: 9) == [])
            #expect(try await mark(at: 20, dueIfBy: 10) == blobs)
        },
        Check("clears the mark of what is published meanwhile", sweepAndPublish),
        Check("forgets the bytes that it keeps of what is taken") { database in
            try await database.declareIndexes([.main])
            let sample = SampleFile().with { $0.isUnsynced = true }
            let blob = try #require(try sample.blobs().first)
            try await database.publish(sample)
            let entries = try await database.claimOutbox(limit: 10, now: SampleTime.start)
            let entry = try #require(entries.first { $0.task == .keepBlob(blob) })
            try await database.rebuild(
                from: RebuildContents(projects: [], files: [], firstOfReleases: [], replaced: []),
                now: SampleTime.after(1))
            _ = try await database.markForSweep(
                [blob], now: SampleTime.after(2), dueIfMarkedBy: SampleTime.after(2))
            #expect(try await database.keptBytes(of: entry) != nil)
            #expect(try await database.takeForSweep(blob, now: SampleTime.after(3)))
            #expect(try await database.keptBytes(of: entry) == nil)
        },
        Check("takes only what is marked", takeUnmarked),
        Check("holds an upload back while its bytes are removed, and until they are stored again", holdBack),
        Check("never names bytes that were stored before a removal of them ended, whenever it began") { database in
            try await database.declareIndexes([.main])
            let blob = try #require(try SampleFile().blobs().first)
            _ = try await database.markForSweep([blob], now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
            #expect(try await database.takeForSweep(blob, now: SampleTime.after(40)))
            // The upload begins after the removal did, finds the bytes there, and only then they go.
            let stored = try await database.removals()
            let sample = SampleFile().with {
                $0.at = SampleTime.after(41)
                $0.storedAfter = stored
            }
            #expect(try await database.finishSweep(of: blob))
            #expect(try await database.publish(sample) == .beingSwept)
            let again = try await database.removals()
            #expect(again > stored)
            #expect(
                try await database.publish(sample.with { $0.storedAfter = again }) == .published(serial: 1))
        },
        Check("lets no second sweep take what another holds") { database in
            try await database.declareIndexes([.main])
            let blob = try #require(try SampleFile().blobs().first)
            _ = try await database.markForSweep([blob], now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
            #expect(try await database.takeForSweep(blob, now: SampleTime.after(10)))
            #expect(try await !database.takeForSweep(blob, now: SampleTime.after(60)))
            #expect(try await database.takeForSweep(blob, now: SampleTime.after(80)), "the first never finished")
        },
        Check("goes on holding what it took when a purge removes the same bytes") { database in
            try await database.declareIndexes([.main])
            let sample = SampleFile()
            let blob = try #require(try sample.blobs().first)
            try await database.publish(sample)
            _ = try await database.delete(
                FileTarget(index: .main, project: try sample.name(), selection: .file("sample-1.0.tar.gz")),
                by: Sample.author())
            _ = try await database.markForSweep(
                [blob], now: SampleTime.after(200), dueIfMarkedBy: SampleTime.after(200))
            #expect(try await database.takeForSweep(blob, now: SampleTime.after(210)))
            _ = try await database.purge(Sample.digest("contents"), by: Sample.author(after: 211))
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let removals = try await database.removals()
            let again = sample.with {
                $0.index = other
                $0.at = SampleTime.after(212)
                $0.storedAfter = removals
            }
            #expect(try await database.publish(again) == .beingSwept, "the sweep has yet to remove them")
            #expect(try await database.finishSweep(of: blob))
            let last = try await database.removals()
            #expect(try await database.publish(again.with { $0.storedAfter = last }) == .published(serial: 1))
        },
        Check("heeds a removal also when it is forgotten, or the tables were rebuilt") { database in
            try await database.declareIndexes([.main])
            let blob = try #require(try SampleFile().blobs().first)
            let another = BlobName(digest: Sample.digest("other"), name: "other-1.tar.gz")
            func remove(_ blob: BlobName, at moment: Timestamp) async throws {
                _ = try await database.markForSweep([blob], now: moment, dueIfMarkedBy: moment)
                #expect(try await database.takeForSweep(blob, now: moment))
                #expect(try await database.finishSweep(of: blob))
            }
            try await remove(blob, at: SampleTime.start)
            try await database.rebuild(
                from: RebuildContents(projects: [], files: [], firstOfReleases: [], replaced: []),
                now: SampleTime.start)
            try await database.declareIndexes([.main])
            #expect(try await database.publish(SampleFile()) == .beingSwept)
            try await remove(another, at: SampleTime.after(200_000))
            #expect(try await database.publish(SampleFile()) == .beingSwept)
            let removals = try await database.removals()
            #expect(
                try await database.publish(SampleFile().with { $0.storedAfter = removals }) == .published(serial: 1))
        },
        Check("waits a minute, and no longer, for a sweep that never finishes") { database in
            try await database.declareIndexes([.main])
            let blob = try #require(try SampleFile().blobs().first)
            _ = try await database.markForSweep([blob], now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
            #expect(try await database.takeForSweep(blob, now: SampleTime.start))
            #expect(try await database.publish(SampleFile().with { $0.at = SampleTime.after(59) }) == .beingSwept)
            #expect(
                try await database.publish(SampleFile().with { $0.at = SampleTime.after(61) })
                    == .published(serial: 1))
            #expect(try await !database.finishSweep(of: blob), "the bytes are named by now")
            #expect(
                try await database.unnamedBlobs(among: [blob], now: SampleTime.start).isEmpty)
        },
        Check("awaits confirmation after a rebuild") { database in
            try await database.declareIndexes([.main])
            #expect(try await !database.sweepAwaitsConfirmation())
            try await database.rebuild(
                from: RebuildContents(projects: [], files: [], firstOfReleases: [], replaced: []),
                now: SampleTime.start)
            #expect(try await database.sweepAwaitsConfirmation())
            try await database.confirmSweep()
            #expect(try await !database.sweepAwaitsConfirmation())
        },
    ]

    @Sendable private static func sweepAndPublish(_ database: Subject) async throws {
        try await database.declareIndexes([.main])
        let sample = SampleFile()
        let blobs = Set(try sample.blobs())
        _ = try await database.markForSweep(blobs, now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
        try await database.publish(sample)
        #expect(
            try await database.markForSweep(
                blobs, now: SampleTime.after(10), dueIfMarkedBy: SampleTime.after(10)) == [])
        for blob in blobs {
            #expect(try await !database.takeForSweep(blob, now: SampleTime.after(10)))
        }
        let file = FileTarget(index: .main, project: try sample.name(), selection: .file("sample-1.0.tar.gz"))
        _ = try await database.delete(file, by: Sample.author())
        #expect(
            try await database.markForSweep(
                blobs, now: SampleTime.after(20), dueIfMarkedBy: SampleTime.after(19)) == [])
    }

    @Sendable private static func takeUnmarked(_ database: Subject) async throws {
        try await database.declareIndexes([.main])
        let blob = try #require(try SampleFile().blobs().first)
        #expect(try await !database.takeForSweep(blob, now: SampleTime.start))
        _ = try await database.markForSweep([blob], now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
        #expect(try await database.takeForSweep(blob, now: SampleTime.start))
        #expect(try await database.finishSweep(of: blob))
        #expect(try await !database.takeForSweep(blob, now: SampleTime.start))
    }

    @Sendable private static func holdBack(_ database: Subject) async throws {
        try await database.declareIndexes([.main])
        let sample = SampleFile().with { $0.at = SampleTime.after(30) }
        let blob = try #require(try sample.blobs().first)
        _ = try await database.markForSweep([blob], now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
        #expect(try await database.takeForSweep(blob, now: SampleTime.after(40)))
        #expect(try await database.publish(sample) == .beingSwept)
        #expect(try await database.finishSweep(of: blob))
        for _ in 1...2 { #expect(try await database.publish(sample) == .beingSwept) }
        let stored = try await database.removals()
        #expect(
            try await database.publish(sample.with { $0.storedAfter = stored }) == .published(serial: 1))
    }
}
