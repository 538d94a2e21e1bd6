import PackagingStandards

/// Asks an outside provider again and again about people who have tokens: a token does not outlive its owner.
///
/// Whoever is found gets the groups and the role that they have now. Whoever is not found is not active from then on. If
/// the provider does not answer, people stay who they were until what it said last counts no more.
public struct Confirming: Sendable {
    /// How many people are asked about in one turn, and at once: those who log in wait for the same provider.
    private static let mostInOneTurn = 200
    private static let mostAtOnce = 2

    let database: any LinkedPeopleDatabase
    let clock: WallClock

    /// Asks about everybody who was confirmed last before some time.
    ///
    /// - Parameters:
    ///   - provider: Whom to ask.
    ///   - interval: How old a confirmation may be.
    ///   - trust: How long what the provider says counts.
    /// - Returns: How many were asked about.
    /// - Throws: `.unavailable` if the provider does not answer, and what the database does.
    public func confirm(
        by provider: any WatchfulProvider, every interval: Duration, trust: Duration
    ) async throws -> Int {
        let now = clock.now()
        let due = try await database.identitiesToConfirm(
            of: provider.provider, confirmedBefore: now.adding(microseconds: -interval.inMicroseconds), at: now,
            most: Self.mostInOneTurn)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, identity) in due.enumerated() {
                if number >= Self.mostAtOnce { try await group.next() }
                group.addTask { try await confirm(identity, by: provider, trust: trust) }
            }
            try await group.waitForAll()
        }
        return due.count
    }

    private func confirm(
        _ identity: OutsideIdentity, by provider: any WatchfulProvider, trust: Duration
    ) async throws {
        do {
            let person = try await provider.person(withSubject: identity.subject)
            let now = clock.now()
            let author = ChangeAuthor(name: identity.provider.description, userID: nil, at: now)
            guard let person else {
                _ = try await database.markGone(identity, by: author)
                return
            }
            _ = try await database.signIn(
                person, trustedUntil: now.adding(microseconds: trust.inMicroseconds), by: author)
        } catch let error as RegistryError where error.code == .forbidden {
            // Blocked or declared by the configuration since, or unusable where they are: not confirmed, which ends what
            // counts in time. Nobody else waits for them.
        }
    }
}
