import Registry

/// What differs between SQLite and PostgreSQL: connections, transactions, a few words of DDL, and health.
///
/// Closures are synchronous and may be run again from their start. Errors are translated to `RegistryError`s here.
protocol SQLDriver: Sendable {
    /// The words of DDL that differ.
    var dialect: SQLDialect { get }

    /// Runs a closure in a transaction that sees one state of the database and changes nothing.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Runs a closure in a transaction that is durable when this returns, and undone when it throws.
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Runs a closure that looks at the schema and changes it, in a transaction and under a lock that keeps out every
    /// other process that would do the same, from the look to the commit.
    func migrate(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws

    /// A mark that differs after any commit of any process, or nil if there is none without a query. Never waits.
    func commitMark() -> CommitMark?

    /// What is wrong with the files or the connection, and lines that tell of the size.
    func health() async throws -> SQLHealth

    /// Closes all connections.
    func close() async
}

/// What a driver says of its health.
struct SQLHealth: Sendable {
    /// Empty if all is well.
    var problems: [String]
    /// Lines for people.
    var details: [String]
}
