package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func standing(of project: NormalizedName, in index: IndexName) async throws -> NameStanding {
        try await driver.read { connection in
            NameStanding(
                origin: try connection.origin(of: project, in: index),
                isPublishedAnywhere: try connection.isPublishedAnywhere(project))
        }
    }

    package func adopt(
        _ project: NormalizedName, displayName: String, from upstream: String, in index: IndexName, mayMix: Bool,
        at moment: Timestamp
    ) async throws -> ProjectOrigin? {
        let adoption = Adoption(
            project: project, displayName: displayName, upstream: upstream, index: index, mayMix: mayMix,
            moment: moment)
        if let settled = try await driver.read({ try adoption.settled(on: $0) }) { return settled }
        return try await driver.write { try adoption.run(on: $0) }
    }

    package func claim(
        _ project: NormalizedName, in index: IndexName, by change: ChangeAuthor
    ) async throws -> [CachedFile] {
        try await driver.write { try Claim(project: project, index: index, change: change).run(on: $0) }
    }

    package func release(
        _ project: NormalizedName, in index: IndexName, by change: ChangeAuthor
    ) async throws -> ReleaseOutcome {
        try await driver.write { try Release(project: project, index: index, change: change).run(on: $0) }
    }
}

extension SQLConnection {
    /// Returns the origin under which any index has cached files of a name, or nil if none has.
    ///
    /// That an index has looked at the upstream's page counts for nothing.
    func keptOrigin(of project: NormalizedName) throws -> ProjectOrigin? {
        try first(UpstreamStatements.keptOrigin, SQLValue(project)) { try StoredValue.origin($0.text(0)) }
    }

    /// Returns whether any index has published a name, or keeps it reserved.
    func isPublishedAnywhere(_ project: NormalizedName) throws -> Bool {
        try exists(UpstreamStatements.publishedAnywhere, SQLValue(project))
    }

    /// Returns whether a project lists a published file.
    func hasPublishedFiles(_ project: ProjectRow) throws -> Bool {
        try exists(UpstreamStatements.publishedFiles, .integer(project.id))
    }

    /// Returns the projects of a name, in the order of their indexes' ids.
    func projects(named name: NormalizedName) throws -> [ProjectRow] {
        try all(UpstreamStatements.projectsOfName, SQLValue(name)) { $0.integer(0) }
            .map { try project(withID: $0) }
            .sorted { $0.index.id < $1.index.id }
    }

    /// Returns the origin of a project in an index, or nil if the index does not know the name.
    func origin(of project: NormalizedName, in index: IndexName) throws -> ProjectOrigin? {
        try first(UpstreamStatements.ownOrigin, .text(index.description), SQLValue(project)) {
            try StoredValue.origin($0.text(0))
        }
    }
}
