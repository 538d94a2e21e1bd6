public import PackagingStandards

/// The role of the database that keeps exceptions from policies.
public protocol ExceptionDatabase: Sendable {
    /// Adds an exception. Returns it with its id, author and moment.
    func addException(_ exception: PolicyException, by change: ChangeAuthor) async throws -> PolicyException

    /// Returns the exceptions of an index, those that have ended too; only those of a project if it is named.
    func exceptions(of project: NormalizedName?, in index: IndexName) async throws -> [PolicyException]

    /// Ends an exception. Returns false if the index has none of this id.
    func removeException(_ id: Int64, in index: IndexName, by change: ChangeAuthor) async throws -> Bool
}
