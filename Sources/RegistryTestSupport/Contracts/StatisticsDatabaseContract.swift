import PackagingStandards
public import Registry
import Testing

/// What every `StatisticsDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum StatisticsDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any StatisticsDatabase & PublishingDatabase & CachingDatabase & ReadingDatabase
        & ManagingDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    private static let day = UTCDay(SampleTime.start)

    private static func count(
        _ sample: SampleFile, _ count: Int64, day: Int64 = 0, at seconds: Int64 = 0
    ) throws -> DownloadCount {
        DownloadCount(
            index: sample.index, project: try sample.name(), filename: try sample.resolvedFilename(),
            count: count, lastAt: SampleTime.after(day * 86_400 + seconds))
    }

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check("adds downloads up by day and file, of published and of cached files") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let published = SampleFile("own")
            let second = SampleFile("own", "2.0").with { $0.contents = "2" }
            let cached = SampleFile("foreign").with { $0.index = other }
            try await database.publish(published)
            try await database.publish(second)
            try await database.cache(cached)
            try await database.recordDownloads([])
            try await database.recordDownloads([
                count(published, 2), count(published, 1, day: 1), count(second, 5, day: 1, at: 60), count(cached, 3),
            ])
            try await database.recordDownloads([count(published, 4), count(cached, 0, day: 2)])
            // Nobody has this one.
            try await database.recordDownloads([count(SampleFile("absent"), 1)])
            func downloads(_ sample: SampleFile, since offset: Int64 = 0) async throws -> [DailyDownloads] {
                try await database.downloads(
                    of: try sample.name(), in: sample.index, since: day.adding(days: offset))
            }
            let later = day.adding(days: 1)
            #expect(
                try await downloads(published) == [
                    DailyDownloads(day: day, filename: "own-1.0.tar.gz", count: 6),
                    DailyDownloads(day: later, filename: "own-1.0.tar.gz", count: 1),
                    DailyDownloads(day: later, filename: "own-2.0.tar.gz", count: 5),
                ])
            #expect(try await downloads(published, since: 1).map(\.count) == [1, 5])
            #expect(try await downloads(cached).map(\.count) == [3])
            #expect(try await downloads(SampleFile("absent")).isEmpty)
            #expect(
                try await database.lastDownloads(of: try published.name(), in: .main) == [
                    "own-1.0.tar.gz": SampleTime.after(86_400), "own-2.0.tar.gz": SampleTime.after(86_460),
                ])
            // A part that is no download moves the moment.
            #expect(
                try await database.lastDownloads(of: try cached.name(), in: other)
                    == ["foreign-1.0.tar.gz": SampleTime.after(2 * 86_400)])
            #expect(try await database.downloadsByDay(since: day) == [day: 9, later: 6])
            #expect(
                try await database.mostDownloaded(from: day, through: later, limit: 9).map(\.count) == [12, 3])
            #expect(
                try await database.mostDownloaded(from: later, through: later, limit: 9).map(\.project)
                    == [try published.name()])
            #expect(try await database.mostDownloaded(from: day, through: later, limit: 1).map(\.origin) == [.local])
            try await database.forgetStatistics(before: later)
            #expect(try await database.downloadsByDay(since: day) == [later: 6])
        },
        Check(
            "adds up what two processes have counted",
            twice: { database, again in
                try await database.declareIndexes([.main])
                let sample = SampleFile("own")
                try await database.publish(sample)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<10 {
                        group.addTask { try await database.recordDownloads([count(sample, 1)]) }
                        group.addTask { try await again.recordDownloads([count(sample, 2)]) }
                    }
                    try await group.waitForAll()
                }
                #expect(try await again.downloadsByDay(since: day) == [day: 30])
            }),
        Check("adds traffic up by day and kind") { database in
            let traffic = Traffic(requests: 3, failures: 1, hits: 2, bytes: 5_000_000_000)
            let lines = [
                DailyTraffic(day: day, kind: "file", traffic: traffic),
                DailyTraffic(day: day.adding(days: 1), kind: "file", traffic: traffic),
            ]
            try await database.record([DailyTraffic]())
            try await database.record(lines)
            try await database.record([lines[0], DailyTraffic(day: day, kind: "api", traffic: Traffic(requests: 1))])
            #expect(
                try await database.traffic(since: day) == [
                    DailyTraffic(day: day, kind: "api", traffic: Traffic(requests: 1)),
                    DailyTraffic(day: day, kind: "file", traffic: traffic + traffic), lines[1],
                ])
            #expect(try await database.traffic(since: day.adding(days: 1)) == [lines[1]])
            try await database.forgetStatistics(before: day.adding(days: 1))
            #expect(try await database.traffic(since: day) == [lines[1]])
        },
    ]
}
