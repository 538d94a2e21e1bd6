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
