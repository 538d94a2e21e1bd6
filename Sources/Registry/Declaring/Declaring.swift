/// Puts the people, groups, grants and tokens of the configuration into force.
public struct Declaring: Sendable {
    let database: any DeclarationDatabase
    let invalidation: Invalidation
    let outbox: Outbox
    let freshness: Freshness
    let clock: WallClock

    /// Whom the audit names for what the configuration declares.
    private static let author = "configuration"

    /// Makes a declaration the only one, in one transaction; nothing is written if it is that already.
    ///
    /// The server must have been started: grants need the indexes that they name.
    public func declare(_ declaration: Declaration) async throws {
        let author = ChangeAuthor(name: Self.author, userID: nil, at: clock.now())
        let change = try await database.declare(declaration, by: author)
        guard change.isChange else { return }
        for grant in change.grants {
            guard let serial = grant.serial, let index = grant.record.grant.scope.index else { continue }
            for project in grant.projects { invalidation.filesChanged(of: project, serial: serial, in: index) }
        }
        try await outbox.flush()
        try await freshness.ensureCurrent()
    }
}
