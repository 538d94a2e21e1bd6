public import Registry

/// What every `Database` must do, as checks that each implementation's tests run:
///
///     @Test("keeps the contract of databases", arguments: DatabaseContract.checks)
///     func contract(_ check: DatabaseContract.Check) async throws {
///         try await check.run(DatabaseContract { try await makeEmptyDatabase() })
///     }
///
/// Expectations are recorded with Swift Testing.
public struct DatabaseContract: Sendable {
    /// A new, empty database of the implementation under test.
    public struct Fixture: Sendable {
        public let database: any Database
        /// Opens the same database once more, as another process would.
        public let openAgain: @Sendable () async throws -> any Database

        public init(database: any Database, openAgain: @escaping @Sendable () async throws -> any Database) {
            self.database = database
            self.openAgain = openAgain
        }
    }

    /// One thing that must hold.
    public struct Check: Sendable, CustomStringConvertible {
        /// What holds, in words.
        public let description: String
        /// Checks it on a new database.
        public let run: @Sendable (DatabaseContract) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (any Database) async throws -> Void) {
            self.description = description
            self.run = { contract in try await contract.withFixture { try await body($0.database) } }
        }

        /// A check that opens the database more than once.
        init(_ description: String, twice body: @escaping @Sendable (Fixture) async throws -> Void) {
            self.description = description
            self.run = { contract in try await contract.withFixture(body) }
        }
    }

    private let makeFixture: @Sendable () async throws -> Fixture

    /// - Parameter makeFixture: Makes a new, empty database with each call.
    public init(_ makeFixture: @escaping @Sendable () async throws -> Fixture) {
        self.makeFixture = makeFixture
    }

    /// Everything that must hold.
    public static let checks: [Check] =
        installationChecks + publishingChecks + replacingChecks + readingChecks + managingChecks + purgingChecks
        + freshnessChecks + outboxChecks + sweepingChecks + rebuildingChecks + searchingChecks + peopleChecks
        + upstreamChecks

    private func withFixture(_ body: (Fixture) async throws -> Void) async throws {
        let fixture = try await makeFixture()
        do {
            try await body(fixture)
        } catch {
            await fixture.database.close()
            throw error
        }
        await fixture.database.close()
    }
}
