import PackagingStandards
public import Registry
import Testing

/// What every `TagDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum TagDatabaseContract {
    /// The role.
    public typealias Subject = any TagDatabase

    typealias Check = DatabaseCheck<Subject>

    private static func downloads(_ user: String, _ tag: String, _ count: Int64) -> TaggedDownloads {
        TaggedDownloads(TaggedDownloads.Source(user: user, tag: tag, index: .main), count: count)
    }

    private static func at(_ day: Int64) -> Timestamp { SampleTime.after(day * 86_400) }

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check("adds downloads up over days, the largest first") { database in
            #expect(try await database.taggedDownloads(TaggedDownloadsQuery(limit: 10)).isEmpty)
            try await database.record([], at: at(0))
            try await database.record([downloads("ada", "a", 1), downloads("bob", "b", 5)], at: at(0))
            try await database.record([downloads("ada", "a", 2), downloads("ada", "b", 4)], at: at(0))
            try await database.record([downloads("ada", "a", 3)], at: at(2))
            func found(
                limit: Int = 10, since: Timestamp? = nil, user: String? = nil, tag: String? = nil
            ) async throws -> [TaggedDownloads] {
                try await database.taggedDownloads(
                    TaggedDownloadsQuery(limit: limit, since: since, user: user, tag: tag))
            }
            let all = [downloads("ada", "a", 6), downloads("bob", "b", 5), downloads("ada", "b", 4)]
            #expect(try await found() == all)
            #expect(try await found(limit: 2) == Array(all.prefix(2)))
            #expect(try await found(since: at(0)) == all)
            #expect(try await found(since: at(1)) == [downloads("ada", "a", 3)])
            #expect(try await found(since: at(3)).isEmpty)
            #expect(try await found(user: "ada") == [all[0], all[2]])
            #expect(try await found(tag: "b") == [all[1], all[2]])
            #expect(try await found(since: at(1), user: "ada", tag: "b").isEmpty)
        },
        Check("keeps so many rows of a day, and adds the rest to one; other days have their own") { database in
            let most = TaggedDownloads.mostOfOneDay
            try await database.record((0..<most).map { downloads("ada", "t\($0)", 1) }, at: at(0))
            try await database.record(
                [downloads("ada", "late", 7), downloads("ada", "later", 8), downloads("ada", "t0", 9)], at: at(0))
            try await database.record([TaggedDownloads(nil, count: 1)], at: at(0))
            let found = try await database.taggedDownloads(TaggedDownloadsQuery(limit: 20_000))
            #expect(found.count == Int(most) + 1)
            #expect(Array(found.prefix(2)) == [TaggedDownloads(nil, count: 16), downloads("ada", "t0", 10)])
            try await database.record([downloads("ada", "late", 1)], at: at(1))
            #expect(
                try await database.taggedDownloads(TaggedDownloadsQuery(limit: 10, since: at(1)))
                    == [downloads("ada", "late", 1)])
        },
        Check("forgets days that are long ago") { database in
            try await database.record([downloads("ada", "a", 1)], at: at(0))
            try await database.record([downloads("ada", "a", 2)], at: at(TaggedDownloads.daysKept))
            #expect(try await database.taggedDownloads(TaggedDownloadsQuery(limit: 1)) == [downloads("ada", "a", 3)])
            try await database.record([downloads("ada", "a", 4)], at: at(TaggedDownloads.daysKept + 1))
            #expect(try await database.taggedDownloads(TaggedDownloadsQuery(limit: 1)) == [downloads("ada", "a", 6)])
        },
    ]
}
