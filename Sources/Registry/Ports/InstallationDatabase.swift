/// The role of the database that knows the installation itself: its id, its indexes, its health.
public protocol InstallationDatabase: Sendable {
    /// Returns the id that ties this database to its storage; the first call makes it.
    func installationID() async throws -> String

    /// Declares the indexes of the configuration; those that are not in the list are hidden, not deleted.
    func declareIndexes(_ names: [IndexName]) async throws

    /// Returns whether nothing was ever published or cached (no project in any index).
    func isEmpty() async throws -> Bool

    /// Returns the secret of the link with which the first administrator is made, the same for all processes.
    ///
    /// - Parameter fresh: The secret that it becomes if there is none yet.
    /// - Returns: The secret.
    /// - Throws: What every method does.
    func setupSecret(orElse fresh: String) async throws -> String

    /// Checks the database. Returns its health and size in lines for people, and whether all is well.
    func check() async throws -> DatabaseHealth
}

/// The health of a database.
public struct DatabaseHealth: Sendable, Hashable {
    public let isHealthy: Bool
    /// Lines for people.
    public let details: [String]

    public init(isHealthy: Bool, details: [String]) {
        self.isHealthy = isHealthy
        self.details = details
    }
}
