public import Registry

/// A database or storage that the configuration cannot name, for other executables than `cellar`.
public struct Adapters: Sendable {
    /// Opens the database.
    public var database: (@Sendable () async throws -> any Database)?
    /// Opens the storage.
    public var storage: (@Sendable () async throws -> any Storage)?

    /// Makes the adapters; what is nil is taken from the configuration.
    public init(
        database: (@Sendable () async throws -> any Database)? = nil,
        storage: (@Sendable () async throws -> any Storage)? = nil
    ) {
        self.database = database
        self.storage = storage
    }
}
