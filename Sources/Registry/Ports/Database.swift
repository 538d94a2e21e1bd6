/// The place where the server keeps all that it knows: every role, played by one database.
///
/// Each role is a protocol of its own, and whoever uses the database names the roles that it needs. For all of them:
///
/// - A method is one use case, one call and one transaction: it is wholly done when it returns, and has left nothing
///   behind when it throws. Trying again is safe.
/// - A method that changes a file or a project also takes the index's next serial, adds a line to the audit if a person
///   made the change, and leaves the manifests to be written in the outbox, in the same transaction.
/// - Errors are `RegistryError`s: `.unavailable` if waiting helps (locked, disconnected), `.insufficientStorage` if
///   there is no room, `.internal` if the data contradicts itself, and those that a method names.
///
/// `RegistryTestSupport` has a contract suite for each role, and `DatabaseContract` runs them all.
public protocol Database: ReadingDatabase, PublishingDatabase, ManagingDatabase, AuditDatabase, NameDatabase,
    UpstreamDatabase, CachingDatabase, ExceptionDatabase, PeopleDatabase, LinkedPeopleDatabase, OneTimeLinkDatabase,
    RegistrationDatabase, AccessDatabase, DeclarationDatabase, TokenDatabase, PublisherDatabase, TagDatabase,
    ChangesDatabase, LeaseDatabase, GuessDatabase, OutboxDatabase, SweepDatabase, RebuildDatabase, InstallationDatabase,
    SearchDatabase, DetailDatabase, StatisticsDatabase
{
    /// Closes connections; later calls throw.
    func close() async
}
