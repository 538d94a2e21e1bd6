public import Registry

/// What every `Database` must do, as checks that each implementation's tests run:
///
///     @Test("keeps the contract of databases", arguments: DatabaseContract.checks)
///     func contract(_ check: DatabaseCheck<any Database>) async throws {
///         try await check.run(
///             on: DatabaseFixture(open: { try await openOneDatabase() }, close: { await $0.close() }))
///     }
///
/// They are the suites of all roles, one after the other. Whoever implements a single role runs its suite alone, on a
/// fixture of the suite's `Subject`: the role, and the roles that its checks need beside it.
///
/// Expectations are recorded with Swift Testing.
public enum DatabaseContract {
    /// Everything that must hold.
    public static let checks: [DatabaseCheck<any Database>] = {
        var checks: [DatabaseCheck<any Database>] = []
        checks += InstallationDatabaseContract.checks.map { $0.through { $0 } }
        checks += PublishingDatabaseContract.checks.map { $0.through { $0 } }
        checks += ReadingDatabaseContract.checks.map { $0.through { $0 } }
        checks += ManagingDatabaseContract.checks.map { $0.through { $0 } }
        checks += AuditDatabaseContract.checks.map { $0.through { $0 } }
        checks += NameDatabaseContract.checks.map { $0.through { $0 } }
        checks += CachingDatabaseContract.checks.map { $0.through { $0 } }
        checks += UpstreamDatabaseContract.checks.map { $0.through { $0 } }
        checks += ExceptionDatabaseContract.checks.map { $0.through { $0 } }
        checks += PeopleDatabaseContract.checks.map { $0.through { $0 } }
        checks += LinkedPeopleDatabaseContract.checks.map { $0.through { $0 } }
        checks += AccessDatabaseContract.checks.map { $0.through { $0 } }
        checks += DeclarationDatabaseContract.checks.map { $0.through { $0 } }
        checks += TokenDatabaseContract.checks.map { $0.through { $0 } }
        checks += PublisherDatabaseContract.checks.map { $0.through { $0 } }
        checks += TagDatabaseContract.checks.map { $0.through { $0 } }
        checks += OneTimeLinkDatabaseContract.checks.map { $0.through { $0 } }
        checks += RegistrationDatabaseContract.checks.map { $0.through { $0 } }
        checks += ChangesDatabaseContract.checks.map { $0.through { $0 } }
        checks += LeaseDatabaseContract.checks.map { $0.through { $0 } }
        checks += GuessDatabaseContract.checks.map { $0.through { $0 } }
        checks += OutboxDatabaseContract.checks.map { $0.through { $0 } }
        checks += RemovalDatabaseContract.checks.map { $0.through { $0 } }
        checks += SweepDatabaseContract.checks.map { $0.through { $0 } }
        checks += RebuildDatabaseContract.checks.map { $0.through { $0 } }
        checks += SearchDatabaseContract.checks.map { $0.through { $0 } }
        checks += StatisticsDatabaseContract.checks.map { $0.through { $0 } }
        return checks
    }()
}
