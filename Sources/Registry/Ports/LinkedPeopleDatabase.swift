public import PackagingStandards

/// The role of the database that keeps who people are outside: their identities there, and what that says of them.
///
/// What the outside says of groups and role counts until a moment that each sign-in moves on, and then no more, without
/// any change. Only what changes who may do what counts as a change of rights (`ChangeCursor.accessEpoch`).
public protocol LinkedPeopleDatabase: Sendable {
    /// Returns the person with an id, as `user(named:)` does, or nil if there is none.
    func user(withID id: Int64) async throws -> UserRecord?

    /// Signs somebody in whom the outside has just recognised, or confirms them: finds the person by the identity alone,
    /// else adds one with the preferred name, and keeps what the outside says of groups and role.
    ///
    /// - Parameters:
    ///   - person: What the outside says.
    ///   - trustedUntil: The moment until which that counts.
    ///   - change: The author of what changes; its moment is that of the confirmation.
    /// - Returns: The person, who is active.
    /// - Throws: `.forbidden`, with a sentence for the person, if they are blocked or declared by the configuration, or
    ///   are new and their name belongs to somebody else here or can be no user's.
    func signIn(
        _ person: ProvenPerson, trustedUntil: Timestamp, by change: ChangeAuthor
    ) async throws -> UserRecord

    /// Links a person to an identity. A provider that takes passwords ends the person's own one, and what was traded for
    /// it. Returns false if they are linked to it already.
    ///
    /// Throws `.notFound`, `.alreadyExists` if either is linked otherwise, and `.conflict` for somebody whom the
    /// configuration declares.
    func link(_ user: String, to identity: OutsideIdentity, by change: ChangeAuthor) async throws -> Bool

    /// Ends the link of a person to a provider, and what that said of them. Returns false if there is none.
    ///
    /// Throws `.notFound`.
    func unlink(_ user: String, from provider: OutsideProvider, by change: ChangeAuthor) async throws -> Bool

    /// Shuts a person out, or lets them in again. Returns false if that is so already.
    ///
    /// Throws `.notFound`, and `.conflict` for the last administrator and for somebody whom the configuration declares.
    func setBlocked(_ isBlocked: Bool, ofUser name: String, by change: ChangeAuthor) async throws -> Bool

    /// Returns identities of people who have tokens that are good at a moment, and were confirmed last before another
    /// one, or never, those that wait longest first. Those who are gone are among them, since they may come back; those
    /// who are blocked, or declared by the configuration, are not.
    func identitiesToConfirm(
        of provider: OutsideProvider, confirmedBefore limit: Timestamp, at now: Timestamp, most: Int
    ) async throws -> [OutsideIdentity]

    /// Notes that a provider has somebody no more: they are not active until they sign in again. Returns false if that is
    /// noted already, or nobody is linked so.
    func markGone(_ identity: OutsideIdentity, by change: ChangeAuthor) async throws -> Bool
}

/// A link of a person to an identity outside.
public struct LinkRecord: Sendable, Hashable {
    public let identity: OutsideIdentity
    /// When the provider said so last; nil for never.
    public let confirmedAt: Timestamp?
    /// Until when it counts what the provider said; nil if it has said nothing yet.
    public let trustedUntil: Timestamp?
    /// The names of the groups that the provider said.
    public let groups: Set<String>
    /// Whether the provider says that they are an administrator; nil if it does not say.
    public let isAdministrator: Bool?
    /// Whether the provider is asked, again and again, if it still has them.
    public let isWatched: Bool
    /// Whether the provider has them no more.
    public let isGone: Bool

    public init(
        identity: OutsideIdentity, confirmedAt: Timestamp?, trustedUntil: Timestamp?, groups: Set<String>,
        isAdministrator: Bool?, isWatched: Bool, isGone: Bool
    ) {
        self.identity = identity
        self.confirmedAt = confirmedAt
        self.trustedUntil = trustedUntil
        self.groups = groups
        self.isAdministrator = isAdministrator
        self.isWatched = isWatched
        self.isGone = isGone
    }

    /// Returns whether it counts at a moment what the provider said.
    public func isTrusted(at now: Timestamp) -> Bool {
        guard let trustedUntil, !isGone else { return false }
        return now < trustedUntil
    }
}
