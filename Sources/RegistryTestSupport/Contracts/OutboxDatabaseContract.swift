import PackagingStandards
public import Registry
import Testing

/// What every `OutboxDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum OutboxDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any OutboxDatabase & PublishingDatabase & ManagingDatabase & RebuildDatabase
        & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] =
        orderChecks + claimChecks + secondLookChecks + bytesChecks

    private static let orderChecks: [Check] = [
        Check("keeps what is to be done until it is done, oldest first") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("a"))
            try await database.publish(SampleFile("a", "2"))
            let keys = try await database.claimOutbox(limit: 10, now: SampleTime.start).map { entry in
                if case .writeManifest(let key, _) = entry.task { key.description } else { "" }
            }
            #expect(
                keys.sorted() == [
                    "manifests/main/a/a-1.0.tar.gz/1.json", "manifests/main/a/a-2.tar.gz/2.json",
                    "manifests/main/a/project/1.json",
                ])
            let first = try await database.claimOutbox(limit: 1, now: SampleTime.start)
            #expect(first.count == 1)
            for _ in 1...2 {
                #expect(try await database.completeOutbox(first, now: SampleTime.start).isEmpty)
                #expect(try await database.claimOutbox(limit: 10, now: SampleTime.start).count == 2)
            }
        },
        Check("never uses an entry's id again") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("a"))
            let first = try await database.claimOutbox(limit: 10, now: SampleTime.start)
            _ = try await database.completeOutbox(first, now: SampleTime.start)
            try await database.publish(SampleFile("a", "2"))
            let second = try await database.claimOutbox(limit: 10, now: SampleTime.start)
            #expect(Set(first.map(\.id)).isDisjoint(with: second.map(\.id)))
        },
        Check(
            "lets everybody write a manifest",
            twice: { database, again in
                try await database.declareIndexes([.main])
                try await database.publish(SampleFile("a"))
                let first = try await database.claimOutbox(limit: 10, now: SampleTime.start)
                #expect(try await again.claimOutbox(limit: 10, now: SampleTime.start) == first)
                _ = try await again.completeOutbox(first, now: SampleTime.start)
                #expect(try await database.claimOutbox(limit: 10, now: SampleTime.start).isEmpty)
                #expect(try await database.completeOutbox(first, now: SampleTime.start).isEmpty)
            }),
    ]

    /// A file with bytes and no core metadata, so that its purge asks for one removal.
    private static let sample = SampleFile().with { $0.metadata = nil }

    /// Publishes the sample and purges it. Returns what a rebuild makes of the time in between, and the removal's blob.
    private static func purge(_ database: Subject) async throws -> (before: RebuildContents, blob: BlobName) {
        try await database.declareIndexes([.main, Sample.index("other")])
        try await database.publish(sample)
        var shelf = ManifestShelf()
        try await shelf.flush(database)
        _ = try await database.purge(Sample.digest(sample.contents), by: Sample.author(after: 1))
        return (try shelf.contents(), try #require(try sample.blobs().first))
    }

    /// Claims what there is, some seconds after the start. Returns the removals among it.
    private static func claim(_ database: Subject, after seconds: Int64) async throws -> [OutboxEntry] {
        try await database.claimOutbox(limit: 10, now: SampleTime.after(seconds)).filter(\.isRemoval)
    }

    /// Publishes the sample in another index, its bytes stored after a removal had ended.
    private static func publishAgain(_ database: Subject, storedAfter removals: Int64) async throws -> PublishOutcome {
        let other = try Sample.index("other")
        return try await database.publish(
            sample.with {
                $0.index = other
                $0.storedAfter = removals
                $0.at = SampleTime.after(1000)
            })
    }

    private static let lease = OutboxEntry.lease / 1_000_000

    private static let claimChecks: [Check] = [
        Check(
            "gives a removal to one claimant, and to the next one once its lease has ended",
            twice: { database, again in
                let (_, blob) = try await purge(database)
                let claimed = try await claim(database, after: 10)
                #expect(claimed.map(\.task) == [.removeBlob(blob)])
                #expect(try await claim(again, after: 10).isEmpty)
                #expect(try await claim(again, after: 9 + lease).isEmpty)
                #expect(try await claim(database, after: 20) == claimed, "its claimant holds it, and on from now")
                #expect(try await claim(again, after: 19 + lease).isEmpty)
                #expect(try await claim(again, after: 20 + lease) == claimed)
                #expect(try await claim(database, after: 21 + lease).isEmpty)
            }),
        Check(
            "leaves out what another holds, and goes on with what comes after it",
            twice: { database, again in
                _ = try await purge(database)
                #expect(try await claim(database, after: 10).count == 1)
                try await database.publish(SampleFile("later"))
                var shelf = ManifestShelf()
                try await shelf.flush(again)
                #expect(try shelf.fileManifests().map(\.filename).contains("later-1.0.tar.gz"))
                #expect(shelf.removed.isEmpty)
            }),
        Check(
            "gives a removal to one of many that claim at once",
            twice: { database, again in
                _ = try await purge(database)
                for round in 0..<20 {
                    let moment = SampleTime.after(Int64(round) * 2 * lease)
                    let claims = try await withThrowingTaskGroup(of: [OutboxEntry].self) { group in
                        for subject in [database, again] {
                            group.addTask { try await subject.claimOutbox(limit: 10, now: moment) }
                        }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    #expect(claims.count { entries in entries.contains { $0.isRemoval } } == 1)
                }
            }),
        Check(
            "renews the lease with the permit, and permits only its claimant",
            twice: { database, again in
                _ = try await purge(database)
                let entry = try #require(try await claim(database, after: 10).first)
                #expect(try await !again.permitRemoval(entry, now: SampleTime.after(10)))
                #expect(try await database.permitRemoval(entry, now: SampleTime.after(50)))
                #expect(try await claim(again, after: 49 + lease).isEmpty)
                #expect(try await claim(again, after: 50 + lease) == [entry])
                #expect(try await !database.permitRemoval(entry, now: SampleTime.after(51 + lease)))
                #expect(try await again.permitRemoval(entry, now: SampleTime.after(51 + lease)))
            }),
        Check(
            "ends a removal only by its claimant, and holds the bytes back until then",
            twice: { database, again in
                _ = try await purge(database)
                let entry = try #require(try await claim(database, after: 10).first)
                #expect(try await claim(again, after: 10 + lease) == [entry])
                #expect(try await database.completeOutbox([entry], now: SampleTime.after(11 + lease)).isEmpty)
                #expect(try await claim(again, after: 12 + lease) == [entry], "it goes on holding it")
                let late = try await database.removals()
                #expect(try await publishAgain(database, storedAfter: late) == .beingSwept)
                #expect(try await again.completeOutbox([entry], now: SampleTime.after(13 + lease)).isEmpty)
                #expect(try await claim(again, after: 14 + lease).isEmpty)
                #expect(try await publishAgain(database, storedAfter: late) == .beingSwept, "stored before the end")
                #expect(
                    try await publishAgain(database, storedAfter: database.removals()) == .published(serial: 1))
            }),
    ]

    private static let secondLookChecks: [Check] = [
        Check("permits no removal of bytes that a file names again, and forgets it") { database in
            let (before, _) = try await purge(database)
            let entry = try #require(try await claim(database, after: 10).first)
            try await database.rebuild(from: before, now: SampleTime.after(11))
            #expect(try await !database.permitRemoval(entry, now: SampleTime.after(12)))
            #expect(try await claim(database, after: 13).isEmpty)
        },
        Check("permits no removal that has ended, though its bytes are not named yet") { database in
            _ = try await purge(database)
            let entry = try #require(try await claim(database, after: 10).first)
            _ = try await database.completeOutbox([entry], now: SampleTime.after(11))
            #expect(try await !database.permitRemoval(entry, now: SampleTime.after(12)))
        },
        Check("says at the end which bytes went though a file names them by now") { database in
            let (before, blob) = try await purge(database)
            let entry = try #require(try await claim(database, after: 10).first)
            #expect(try await database.permitRemoval(entry, now: SampleTime.after(11)))
            try await database.rebuild(from: before, now: SampleTime.after(12))
            #expect(try await database.completeOutbox([entry], now: SampleTime.after(13)) == [blob])
        },
        Check(
            "counts a removal that went on beyond its lease, so that nothing stored before it is named",
            twice: { database, again in
                let (_, blob) = try await purge(database)
                let entry = try #require(try await claim(database, after: 10).first)
                #expect(try await database.permitRemoval(entry, now: SampleTime.after(10)))
                #expect(try await claim(again, after: 10 + lease) == [entry])
                _ = try await again.completeOutbox([entry], now: SampleTime.after(11 + lease))
                let stored = try await again.removals()
                #expect(try await database.completeOutbox([entry], now: SampleTime.after(12 + lease)).isEmpty)
                #expect(try await publishAgain(again, storedAfter: stored) == .beingSwept)
                #expect(try await publishAgain(again, storedAfter: again.removals()) == .published(serial: 1))
                // So late that nothing can be done but say it.
                #expect(try await database.completeOutbox([entry], now: SampleTime.after(13 + lease)) == [blob])
            }),
    ]
}

extension OutboxDatabaseContract {
    /// Publishes the sample with bytes to be kept. Returns their entries.
    private static func publishUnsynced(_ database: Subject) async throws -> [OutboxEntry] {
        try await database.declareIndexes([.main, Sample.index("other")])
        let decision = try await database.publish(
            SampleFile().with { $0.isUnsynced = true }.newFile(), overwriting: false, mayCreate: true,
            mayClaim: false, mayMix: false, oldAddressServedUntil: SampleTime.nextDay)
        return decision.promises.filter(\.isKept)
    }

    fileprivate static let bytesChecks: [Check] = [
        Check(
            "keeps bytes that storage has not synced, for everybody, until it has",
            twice: { database, again in
                let entries = try await publishUnsynced(database)
                #expect(entries.map(\.task) == (try SampleFile().blobs().map { .keepBlob($0) }))
                for one in [database, again] {
                    let claimed = try await one.claimOutbox(limit: 10, now: SampleTime.start)
                    #expect(claimed.filter(\.isKept) == entries)
                    #expect(try await one.keptBytes(of: entries[0]) == Array("contents".utf8))
                    #expect(try await one.keptBytes(of: entries[1]) == Array("metadata".utf8))
                }
                #expect(try await database.completeOutbox(entries, now: SampleTime.start).isEmpty)
                #expect(try await again.keptBytes(of: entries[0]) == nil)
                #expect(try await !again.claimOutbox(limit: 10, now: SampleTime.start).contains { $0.isKept })
            }),
        Check("keeps any bytes, and none") { database in
            try await database.declareIndexes([.main])
            var file = try SampleFile().newFile()
            let all = Array(UInt8.min ... .max)
            let names = try SampleFile().blobs()
            file.unsynced = [UnsyncedBlob(name: names[0], bytes: all), UnsyncedBlob(name: names[1], bytes: [])]
            let entries = try await database.publish(
                file, overwriting: false, mayCreate: true, mayClaim: false, mayMix: false,
                oldAddressServedUntil: SampleTime.nextDay
            ).promises.filter(\.isKept)
            #expect(try await database.keptBytes(of: entries[0]) == all)
            #expect(try await database.keptBytes(of: entries[1]) == [])
        },
        Check("takes what was stored again out, and lets what was removed meanwhile be removed again") { database in
            let entries = try await publishUnsynced(database)
            let now = SampleTime.after(20)
            #expect(try await !database.completeStored([entries[0]], now: now))
            #expect(try await database.keptBytes(of: entries[0]) == nil)
            #expect(try await !database.completeStored(entries, now: now), "a file names the bytes")
            _ = try await database.purge(Sample.digest("contents"), by: Sample.author(after: 1))
            let removals = try await claim(database, after: 10)
            for removal in removals {
                #expect(try await database.permitRemoval(removal, now: SampleTime.after(11)))
            }
            _ = try await database.completeOutbox(removals, now: SampleTime.after(12))
            #expect(try await database.completeStored(entries, now: now))
            let again = try await claim(database, after: 21)
            #expect(again.map(\.task) == (try SampleFile().blobs().map { .removeBlob($0) }))
        },
        Check("forgets bytes when it permits their removal, and no others") { database in
            let entries = try await publishUnsynced(database)
            _ = try await database.purge(Sample.digest("contents"), by: Sample.author(after: 1))
            #expect(try await database.keptBytes(of: entries[0]) != nil)
            let removals = try await claim(database, after: 10)
            let removal = try #require(removals.first { $0.task == .removeBlob(try SampleFile().blobs()[0]) })
            #expect(try await database.permitRemoval(removal, now: SampleTime.after(11)))
            #expect(try await database.keptBytes(of: entries[0]) == nil)
            #expect(try await database.keptBytes(of: entries[1]) != nil)
        },
        Check("does not take bytes that it keeps for bytes that are being removed") { database in
            _ = try await publishUnsynced(database)
            let other = try Sample.index("other")
            let sample = SampleFile().with {
                $0.index = other
                $0.isUnsynced = true
            }
            #expect(try await database.publish(sample) == .published(serial: 1))
        },
    ]
}

extension OutboxEntry {
    fileprivate var isKept: Bool {
        if case .keepBlob = task { true } else { false }
    }

    fileprivate var isRemoval: Bool {
        if case .removeBlob = task { true } else { false }
    }
}
