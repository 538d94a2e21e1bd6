public import PackagingStandards

/// The role of the database that keeps one-time links, invitations and password resets, by the digests of their secrets.
///
/// A link ends with its use, in the same transaction, so that of two uses at once one succeeds. What has expired is found
/// by nobody, and removed when another link is made.
public protocol OneTimeLinkDatabase: Sendable {
    /// Adds an invitation.
    ///
    /// Throws `.alreadyExists` if there is a person of its name, `.notFound` for a group that does not exist, and
    /// `.conflict` for a group that the configuration declares and for one more than `Invitation.mostOpen`.
    func addInvitation(_ invitation: NewInvitation, by change: ChangeAuthor) async throws -> Invitation

    /// Returns the invitations that are open at a moment, the oldest first.
    func invitations(at moment: Timestamp) async throws -> [Invitation]

    /// Returns the invitation of a link that is open at a moment, or nil if there is none.
    func invitation(_ digest: SHA256Digest, at moment: Timestamp) async throws -> Invitation?

    /// Takes an invitation back. Returns it, or nil if there is none with this id.
    func removeInvitation(_ id: Int64, by change: ChangeAuthor) async throws -> Invitation?

    /// Uses an invitation: adds the person, with the role and the groups that it names and that still exist.
    ///
    /// - Parameters:
    ///   - digest: Of the link's secret.
    ///   - name: The name of the new person; the invitation's own counts, if it has one.
    ///   - passwordHash: The hash of their password.
    ///   - change: Who uses it, and when.
    /// - Returns: The person, or nil if there is no such invitation, or not any more.
    /// - Throws: `.alreadyExists` if the name is taken; the invitation stays open.
    func acceptInvitation(
        _ digest: SHA256Digest, name: String, passwordHash: String, by change: ChangeAuthor
    ) async throws -> UserRecord?

    /// Adds a link with which somebody sets a new password, in place of the last one for them. It ends with the password
    /// that they have now. Returns the name as it is stored.
    ///
    /// Throws `.notFound`, and `.conflict` for somebody whom the configuration declares.
    func addPasswordReset(_ reset: NewPasswordReset, by change: ChangeAuthor) async throws -> String

    /// Returns the password reset of a link that is open at a moment, or nil if there is none.
    func passwordReset(_ digest: SHA256Digest, at moment: Timestamp) async throws -> PasswordReset?

    /// Uses a password reset: sets the password, and with it a new password generation. Returns the person, or nil if
    /// there is no such link, or not any more.
    func usePasswordReset(
        _ digest: SHA256Digest, passwordHash: String, by change: ChangeAuthor
    ) async throws -> UserRecord?
}

/// Who made a one-time link: it counts only as long as they may make such links.
public struct LinkMaker: Sendable, Hashable {
    public let name: String
    /// The person's id; nil for whoever runs the server's own commands.
    public let id: Int64?

    public init(name: String, id: Int64?) {
        self.name = name
        self.id = id
    }
}

/// An invitation that is to be added.
public struct NewInvitation: Sendable {
    /// The digest of the link's secret.
    public var digest: SHA256Digest
    /// The name of the new person; nil if they choose it.
    public var name: String?
    public var isAdministrator: Bool
    /// The names of the groups that the new person shall belong to.
    public var groups: Set<String>
    public var maker: LinkMaker
    public var expiresAt: Timestamp

    public init(
        digest: SHA256Digest, name: String?, isAdministrator: Bool = false, groups: Set<String> = [], maker: LinkMaker,
        expiresAt: Timestamp
    ) {
        self.digest = digest
        self.name = name
        self.isAdministrator = isAdministrator
        self.groups = groups
        self.maker = maker
        self.expiresAt = expiresAt
    }
}

/// An invitation that is open.
public struct Invitation: Sendable, Hashable {
    /// The most that are open at once.
    public static let mostOpen: Int64 = 500

    public let id: Int64
    /// The name of the new person; nil if they choose it.
    public let name: String?
    public let isAdministrator: Bool
    /// The names of its groups that exist.
    public let groups: Set<String>
    public let maker: LinkMaker
    public let createdAt: Timestamp
    public let expiresAt: Timestamp

    public init(
        id: Int64, name: String?, isAdministrator: Bool, groups: Set<String>, maker: LinkMaker, createdAt: Timestamp,
        expiresAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.isAdministrator = isAdministrator
        self.groups = groups
        self.maker = maker
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// A password reset that is to be added.
public struct NewPasswordReset: Sendable {
    /// The digest of the link's secret.
    public var digest: SHA256Digest
    /// Whose password it sets.
    public var user: String
    public var maker: LinkMaker
    public var expiresAt: Timestamp

    public init(digest: SHA256Digest, user: String, maker: LinkMaker, expiresAt: Timestamp) {
        self.digest = digest
        self.user = user
        self.maker = maker
        self.expiresAt = expiresAt
    }
}

/// A password reset that is open.
public struct PasswordReset: Sendable, Hashable {
    /// Whose password it sets.
    public let userName: String
    public let userID: Int64
    public let maker: LinkMaker

    public init(userName: String, userID: Int64, maker: LinkMaker) {
        self.userName = userName
        self.userID = userID
        self.maker = maker
    }
}
