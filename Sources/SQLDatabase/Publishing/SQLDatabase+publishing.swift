package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func publishState(
        project: NormalizedName, fileKey: FileKey, in index: IndexName, mayMix: Bool
    ) async throws -> PublishState {
        try await driver.read { connection in
            let found = try connection.first(
                ReadingStatements.publishProject, .text(index.description), SQLValue(project)
            ) { row in
                let origin = try StoredValue.origin(row.text(1))
                return (
                    id: row.integer(0),
                    project: PublishState.Project(origin: origin, status: try StoredValue.status(row.text(2)))
                )
            }
            let isForeign = !mayMix && found?.project.origin != .local
            let foreignOrigin = try isForeign ? connection.keptOrigin(of: project) : nil
            guard let found else {
                return PublishState(project: nil, foreignOrigin: foreignOrigin, existing: .none)
            }
            let existing = try connection.first(
                ReadingStatements.publishFile, .integer(found.id), .text(fileKey.description)
            ) { row in
                guard row.text(2) == FileRow.State.published.rawValue else {
                    return PublishState.Existing.usedUp(filename: row.text(0))
                }
                guard row.isNull(3) else { return .none }
                return .published(filename: row.text(0), sha256: try row.requiredDigest(1))
            }
            return PublishState(project: found.project, foreignOrigin: foreignOrigin, existing: existing ?? .none)
        }
    }

    package func publish(
        _ file: NewFile, overwriting: Bool, mayCreate: Bool, mayClaim: Bool, mayMix: Bool,
        oldAddressServedUntil: Timestamp
    ) async throws -> PublishOutcome {
        let publication = Publication(
            file: file, isOverwriting: overwriting, mayCreate: mayCreate, mayClaim: mayClaim,
            mayMix: mayMix, servedUntil: oldAddressServedUntil)
        return try await driver.write { try publication.run(on: $0) }
    }
}
