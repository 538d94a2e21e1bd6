import LocalFiles
import Registry

/// A driver without a commit mark, over another one.
private struct MarklessDriver: SQLDriver {
    let base: any SQLDriver

    var dialect: SQLDialect { base.dialect }
    var lookThreads: BlockingThreads? { base.lookThreads }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await base.read(body)
    }

    func look<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await base.look(body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await base.write(body)
    }

    func migrate(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        try await base.migrate(body)
    }

    func commitMark() -> CommitMark? { nil }
    func health() async throws -> SQLHealth { try await base.health() }
    func close() async { await base.close() }
}

/// The moments of a read of the changes.
package enum ChangesMoment: Sendable {
    case before, after
}

extension SQLDatabase {
    /// Returns the same database, as if only a read could tell what was committed; for tests.
    ///
    /// - Parameter observer: Called before and after each read of the changes; may wait, or throw in its place.
    /// - Returns: The database.
    package func withoutMark(
        observer: @escaping @Sendable (ChangesMoment) async throws -> Void = { _ in }
    ) -> SQLDatabase {
        var database = SQLDatabase(driver: MarklessDriver(base: driver), clock: clock)
        database.changesObserver = observer
        return database
    }
}
