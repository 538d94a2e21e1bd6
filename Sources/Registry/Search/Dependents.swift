public import PackagingStandards

/// Finds who uses a project here.
public struct Dependents: Sendable {
    /// The most dependents that are looked at.
    public static let mostCounted = 10_000
    private static let batch = 1_000

    let permissions: Permissions
    let database: any SearchDatabase

    /// Returns the projects whose standing release requires a project, as far as a caller may read them.
    ///
    /// They say so themselves, so it does not matter whether the required project is here, and whether the caller may read
    /// it.
    ///
    /// - Parameters:
    ///   - project: The project.
    ///   - index: The index in which the caller looks at it.
    ///   - limit: The most dependents in the list.
    ///   - caller: Who asks.
    /// - Returns: The first of them, and how many there are.
    /// - Throws: What `Permissions.requireRead` does for the index.
    public func dependents(
        of project: NormalizedName, in index: IndexName, limit: Int = 50, caller: Caller
    ) async throws -> DependentList {
        _ = try permissions.requireRead(caller, in: index)
        let readable = permissions.indexes.all.filter { permissions.maySee($0, caller) }
        let settings = Dictionary(uniqueKeysWithValues: readable.map { ($0.name, $0) })
        var list: [Dependent] = []
        var count = 0
        var seen = 0
        var place: DependentPlace?
        while seen < Self.mostCounted {
            let batch = try await database.dependents(
                of: project, in: readable.map(\.name), after: place, limit: Self.batch)
            for dependent in batch {
                guard let index = settings[dependent.index],
                    permissions.may(.read, dependent.project, in: index, caller)
                else { continue }
                count += 1
                if list.count < limit { list.append(dependent) }
            }
            seen += batch.count
            place = batch.last?.place
            guard batch.count == Self.batch else { return DependentList(dependents: list, count: count, isCut: false) }
        }
        return DependentList(dependents: list, count: count, isCut: true)
    }
}

/// Who uses a project.
public struct DependentList: Sendable, Hashable {
    /// By index and name.
    public let dependents: [Dependent]
    /// How many there are in all.
    public let count: Int
    /// Whether there are more than were counted.
    public let isCut: Bool
}
