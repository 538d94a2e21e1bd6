public import PackagingStandards

/// The role of the database that keeps the exceptions to policies.
public protocol ExceptionDatabase: Sendable {
    /// Adds an exception. Returns it with its id, author and moment.
    func addException(_ exception: PolicyException, by change: ChangeAuthor) async throws -> PolicyException

    /// Returns the exceptions of an index, or only those of one project, including those that have ended.
    func exceptions(of project: NormalizedName?, in index: IndexName) async throws -> [PolicyException]

    /// Removes an exception. Returns false if the index has none with this id.
    func removeException(_ id: Int64, in index: IndexName, by change: ChangeAuthor) async throws -> Bool
}
