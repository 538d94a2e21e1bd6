/// The role of the database that knows the installation itself: its id, its indexes, its health.
public protocol InstallationDatabase: Sendable {
    /// Returns the id that ties this database to its storage; the first call makes it.
    func installationID() async throws -> String

    /// Makes the indexes of the configuration known; those that are not in the list are hidden, not deleted.
    func declareIndexes(_ names: [IndexName]) async throws

    /// Returns whether nothing was ever published or cached (no project in any index).
    func isEmpty() async throws -> Bool

    /// Returns what the database says of its own health and size: a list of lines for people, and whether all is well.
    func check() async throws -> DatabaseHealth
}

/// What a database says of its health.
public struct DatabaseHealth: Sendable, Hashable {
    public let isHealthy: Bool
    /// Lines for people.
    public let details: [String]

    public init(isHealthy: Bool, details: [String]) {
        self.isHealthy = isHealthy
        self.details = details
    }
}
