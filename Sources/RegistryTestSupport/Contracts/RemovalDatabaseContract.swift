import PackagingStandards
public import Registry
import Testing

/// What every `RemovalDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
///
/// What a removal means for those who name its bytes is checked by the suites of publishing, caching and pinning.
public enum RemovalDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any RemovalDatabase & SweepDatabase & PublishingDatabase & ManagingDatabase
        & OutboxDatabase & RebuildDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check(
            "counts a sweep's removal when it ends, in every process",
            twice: { database, again in
                let before = try await database.removals()
                let blob = BlobName(digest: Sample.digest("contents"), name: "sample-1.0.tar.gz")
                _ = try await database.markForSweep([blob], now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
                #expect(try await database.takeForSweep(blob, now: SampleTime.after(1)))
                #expect(try await database.removals() == before)
                #expect(try await database.finishSweep(of: blob))
                let after = try await database.removals()
                #expect(after > before)
                #expect(try await again.removals() == after)
            }),
        Check("counts each of a purge's removals when it ends") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile())
            let before = try await database.removals()
            _ = try await database.purge(Sample.digest("contents"), by: Sample.author())
            #expect(try await database.removals() == before)
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            #expect(try await database.removals() == before + Int64(shelf.removed.count))
            #expect(shelf.removed.count == 2, "the file and its core metadata")
        },
        Check("never counts back in a rebuild") { database in
            let blob = BlobName(digest: Sample.digest("contents"), name: "sample-1.0.tar.gz")
            _ = try await database.markForSweep([blob], now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
            #expect(try await database.takeForSweep(blob, now: SampleTime.start))
            #expect(try await database.finishSweep(of: blob))
            let before = try await database.removals()
            try await database.rebuild(
                from: RebuildContents(projects: [], files: [], firstOfReleases: [], replaced: []),
                now: SampleTime.start)
            #expect(try await database.removals() == before)
        },
    ]
}
