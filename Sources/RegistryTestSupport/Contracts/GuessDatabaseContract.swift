public import Registry
import Testing

/// What every `GuessDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum GuessDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any GuessDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Two are free, then one may be made in ten minutes.
    private static let rule: @Sendable (Int) -> Int64 = { $0 < 2 ? 0 : 600_000_000 }

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check(
            "counts the guesses of all processes, and refuses those that come too early",
            twice: { database, again in
                let first = try await database.countGuess("a", delay: rule)
                let second = try await again.countGuess("a", delay: rule)
                #expect(first == nil && second == nil)
                for process in [database, again] {
                    let wait = try #require(try await process.countGuess("a", delay: rule))
                    #expect((1...600_000_000).contains(wait))
                }
                let other = try await again.countGuess("b", delay: rule)
                #expect(other == nil, "pairs are apart")
            }),
        Check("lets one be made after the delay") { database in
            let short: @Sendable (Int) -> Int64 = { $0 == 1 ? 200_000 : 600_000_000 }
            let first = try await database.countGuess("a", delay: short)
            #expect(first == nil)
            while try await database.countGuess("a", delay: short) != nil {
                try await Task.sleep(for: .milliseconds(20))
            }
            let third = try await database.countGuess("a", delay: short)
            #expect(third != nil, "it was the second")
        },
        Check("takes a guess back, and forgets all after a right one") { database in
            for _ in 1...2 { _ = try await database.countGuess("a", delay: rule) }
            try await database.takeBackGuess("a")
            let again = try await database.countGuess("a", delay: rule)
            let refused = try await database.countGuess("a", delay: rule)
            #expect(again == nil && refused != nil)
            try await database.forgetGuesses("a")
            let first = try await database.countGuess("a", delay: rule)
            let second = try await database.countGuess("a", delay: rule)
            #expect(first == nil && second == nil)
            try await database.takeBackGuess("unknown")
            try await database.forgetGuesses("unknown")
        },
        Check("counts each of many at once") { database in
            let waits = try await withThrowingTaskGroup(of: Int64?.self) { tasks in
                for _ in 0..<12 { tasks.addTask { try await database.countGuess("a", delay: rule) } }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(waits.count { $0 == nil } == 2)
        },
    ]
}
