public import PackagingStandards

/// Invitations and password resets: links that an administrator hands to somebody, and that work once.
///
/// A link counts only as long as whoever made it may still make such links: nobody keeps a way in for later.
public struct OneTimeLinks: Sendable {
    let permissions: Permissions
    let database: any OneTimeLinkDatabase & PeopleDatabase
    let clock: WallClock

    // MARK: Invitations

    /// Makes an invitation; for administrators.
    ///
    /// Throws `.invalidRequest` for an order that cannot be, `.forbidden`, and what `OneTimeLinkDatabase.addInvitation`
    /// throws.
    public func invite(_ order: InvitationOrder, caller: Caller) async throws -> IssuedInvitation {
        let maker = try maker(caller, to: "invite people")
        if let name = order.name { try People.requireValid(name) }
        guard order.groups.count <= InvitationOrder.mostGroups else {
            throw RegistryError(.invalidRequest, "An invitation names at most \(InvitationOrder.mostGroups) groups.")
        }
        let seconds = order.seconds ?? InvitationOrder.usualLifetime
        guard InvitationOrder.lifetimes.contains(seconds) else {
            throw RegistryError(.invalidRequest, "An invitation lives from 15 minutes to 30 days.")
        }
        let (secret, now) = (Self.draw(), clock.now())
        let invitation = try await database.addInvitation(
            NewInvitation(
                digest: secret.digest, name: order.name, isAdministrator: order.isAdministrator, groups: order.groups,
                maker: maker, expiresAt: now.adding(microseconds: seconds * 1_000_000)),
            by: ChangeAuthor(caller, at: now))
        return IssuedInvitation(path: "/account/invitation/\(secret.reveal())", invitation: invitation)
    }

    /// Returns the open invitations, the oldest first; for administrators.
    public func invitations(caller: Caller) async throws -> [Invitation] {
        try permissions.requireAdministrator(caller, to: "list invitations")
        return try await database.invitations(at: clock.now())
    }

    /// Takes an invitation back, and returns it; for administrators. Throws `.notFound`.
    @discardableResult
    public func removeInvitation(_ id: Int64, caller: Caller) async throws -> Invitation {
        try permissions.requireAdministrator(caller, to: "take invitations back")
        guard let removed = try await database.removeInvitation(id, by: ChangeAuthor(caller, at: clock.now())) else {
            throw RegistryError(.notFound, "There is no open invitation with the number \(id).")
        }
        return removed
    }

    /// Returns the invitation of a link, or nil if the link does not count, or not any more.
    public func invitation(_ secret: OneTimeSecret) async throws -> Invitation? {
        guard let found = try await database.invitation(secret.digest, at: clock.now()),
            try await isInOffice(found.maker)
        else { return nil }
        return found
    }

    /// Uses an invitation.
    ///
    /// - Parameters:
    ///   - secret: The secret of the link.
    ///   - name: The name that the new person chooses; the invitation's own counts, if it has one.
    ///   - passwordHash: The hash of their password.
    /// - Returns: The new person, or nil if the link does not count, or not any more.
    /// - Throws: `.invalidRequest` for a name that nobody can have, `.alreadyExists` for one that is taken.
    public func accept(_ secret: OneTimeSecret, name: String, passwordHash: String) async throws -> Person? {
        guard let invitation = try await invitation(secret) else { return nil }
        let name = invitation.name ?? name
        try People.requireValid(name)
        return try await database.acceptInvitation(
            secret.digest, name: name, passwordHash: passwordHash,
            by: ChangeAuthor(name: name, userID: nil, at: clock.now()))?.person
    }

    // MARK: Password resets

    /// Makes a link with which somebody sets a new password, in place of the last one for them; for administrators.
    ///
    /// - Parameters:
    ///   - name: Whose password it sets.
    ///   - seconds: How long the link lives; nil for the usual time.
    ///   - caller: Who makes it.
    /// - Returns: The link.
    /// - Throws: `.notFound` if there is no such person, `.conflict` if the configuration declares them.
    public func makeReset(
        ofUser name: String, lasting seconds: Int64? = nil, caller: Caller
    ) async throws -> IssuedReset {
        let maker = try maker(caller, to: "reset passwords")
        let seconds = seconds ?? IssuedReset.usualLifetime
        guard IssuedReset.lifetimes.contains(seconds) else {
            throw RegistryError(.invalidRequest, "A link for a new password lives from 15 minutes to 7 days.")
        }
        let (secret, now) = (Self.draw(), clock.now())
        let end = now.adding(microseconds: seconds * 1_000_000)
        let stored = try await database.addPasswordReset(
            NewPasswordReset(digest: secret.digest, user: name, maker: maker, expiresAt: end),
            by: ChangeAuthor(caller, at: now))
        return IssuedReset(path: "/account/reset/\(secret.reveal())", userName: stored, expiresAt: end)
    }

    /// Returns the password reset of a link, or nil if the link does not count, or not any more.
    public func reset(_ secret: OneTimeSecret) async throws -> PasswordReset? {
        guard let found = try await database.passwordReset(secret.digest, at: clock.now()),
            try await isInOffice(found.maker)
        else { return nil }
        return found
    }

    /// Uses a password reset, which ends all sessions of the person.
    ///
    /// - Parameters:
    ///   - secret: The secret of the link.
    ///   - passwordHash: The hash of the new password.
    /// - Returns: The person, or nil if the link does not count, or not any more.
    /// - Throws: What the database does.
    public func useReset(_ secret: OneTimeSecret, passwordHash: String) async throws -> Person? {
        guard let reset = try await reset(secret) else { return nil }
        return try await database.usePasswordReset(
            secret.digest, passwordHash: passwordHash,
            by: ChangeAuthor(name: reset.userName, userID: reset.userID, at: clock.now()))?.person
    }

    // MARK: Makers

    /// Returns whoever makes a link. Throws `.forbidden` for callers who may not, and for tokens of no person: nobody could
    /// find out later whether their links still count.
    private func maker(_ caller: Caller, to action: String) throws -> LinkMaker {
        try permissions.requireAdministrator(caller, to: action)
        guard caller.personID != nil || caller == .localOperator else {
            throw RegistryError(
                .forbidden, "\(caller.describedName) may not \(action): only a person may, or a token of theirs.")
        }
        return LinkMaker(name: caller.name, id: caller.personID)
    }

    /// Returns whether the maker of a link may make such links still.
    private func isInOffice(_ maker: LinkMaker) async throws -> Bool {
        guard let id = maker.id else { return true }
        guard let user = try await database.user(named: maker.name), user.id == id else { return false }
        return permissions.administersServer(.person(user.person))
    }

    private static func draw() -> OneTimeSecret {
        var generator = SystemRandomNumberGenerator()
        return OneTimeSecret(using: &generator)
    }
}

/// An invitation that somebody wants.
public struct InvitationOrder: Sendable {
    /// From 15 minutes to 30 days, in seconds.
    public static let lifetimes: ClosedRange<Int64> = 900...(30 * 86_400)
    /// Three days, in seconds.
    public static let usualLifetime: Int64 = 3 * 86_400
    static let mostGroups = 100

    /// The name of the new person; nil if they choose it.
    public var name: String?
    public var isAdministrator: Bool
    public var groups: Set<String>
    /// How long it lives; nil for the usual time.
    public var seconds: Int64?

    public init(name: String? = nil, isAdministrator: Bool = false, groups: Set<String> = [], seconds: Int64? = nil) {
        self.name = name
        self.isAdministrator = isAdministrator
        self.groups = groups
        self.seconds = seconds
    }
}

/// A new invitation: its link is shown this once, and kept nowhere.
public struct IssuedInvitation: Sendable {
    /// The path of the link, which holds the secret.
    public let path: String
    public let invitation: Invitation
}

/// A new link for a password: it is shown this once, and kept nowhere.
public struct IssuedReset: Sendable {
    /// From 15 minutes to 7 days, in seconds.
    public static let lifetimes: ClosedRange<Int64> = 900...(7 * 86_400)
    /// A day, in seconds.
    public static let usualLifetime: Int64 = 86_400

    /// The path of the link, which holds the secret.
    public let path: String
    public let userName: String
    public let expiresAt: Timestamp
}
