public import PackagingStandards

/// The role of the database that keeps tokens, by the digests of their texts, and the service accounts that own some.
///
/// What ends a token counts as a change of rights (`ChangeCursor.accessEpoch`); what makes one does not, since nobody can
/// have asked for its text before.
public protocol TokenDatabase: Sendable {
    /// Returns who holds the tokens with these digests, in one look, with their owners as they are. Absent is what was
    /// never made, was revoked, lost its owner, or came of a password that the owner has changed since. What has expired
    /// is returned.
    func tokenHolders(of digests: [SHA256Digest]) async throws -> [SHA256Digest: TokenHolder]

    /// Adds a token. Forgets tokens that expired long ago.
    ///
    /// Throws `.notFound` for an owner that does not exist, `.alreadyExists` if the owner has a token of this name,
    /// `.conflict` for one more than `TokenRecord.mostOfOneOwner`, and `.wrongCredentials` if the token comes of a password
    /// or a token that is not good any more.
    func addToken(_ token: NewToken, by change: ChangeAuthor) async throws -> TokenRecord

    /// Returns all tokens, or those of one owner, in the order of owner and name.
    func tokens(of owner: TokenOwnerName?) async throws -> [TokenRecord]

    /// Revokes a token, and all tokens that were made with it. Returns it, or nil if there is none with this id. Throws
    /// `.conflict` for one that the configuration declares.
    func removeToken(_ id: Int64, by change: ChangeAuthor) async throws -> TokenRecord?

    /// Ends all sessions of a person, and the tokens that were made with them. Returns how many sessions there were.
    func removeSessions(ofUserID id: Int64, by change: ChangeAuthor) async throws -> Int

    /// Moves the moments at which tokens were last used forward, by the ids of the tokens.
    func recordTokenUses(_ uses: [Int64: Timestamp]) async throws

    /// Returns all service accounts, by name.
    func serviceAccounts() async throws -> [ServiceAccount]

    /// Adds a service account. Throws `.alreadyExists` if the name is taken.
    func addServiceAccount(_ name: String, by change: ChangeAuthor) async throws

    /// Removes a service account, and its tokens. Grants to it stay, and give nobody anything. Throws `.notFound`, and
    /// `.conflict` if the configuration declares a token of it.
    func removeServiceAccount(_ name: String, by change: ChangeAuthor) async throws
}

/// A token that is to be added.
public struct NewToken: Sendable {
    /// The digest of its text.
    public var digest: SHA256Digest
    public var name: String
    public var owner: TokenOwnerName
    /// The id that a person must have who is the owner; nil for whoever has the name.
    public var ownerID: Int64?
    public var scope: TokenScope
    /// Nil for never.
    public var expiresAt: Timestamp?
    /// Whether it was traded for a password or another token; such tokens need no name of their own.
    public var isSession: Bool
    /// The token that it was made with, and ends with.
    public var parentID: Int64?
    /// The publishers whose job it belongs to; it ends with the first of them that is removed.
    public var publishers: Set<Int64>
    /// The password that it was traded for, and ends with, as `UserRecord.passwordGeneration` counts.
    public var passwordGeneration: Int64?

    public init(
        digest: SHA256Digest, name: String, owner: TokenOwnerName, ownerID: Int64? = nil,
        scope: TokenScope = .everything, expiresAt: Timestamp?, isSession: Bool = false, parentID: Int64? = nil,
        passwordGeneration: Int64? = nil, publishers: Set<Int64> = []
    ) {
        self.digest = digest
        self.name = name
        self.owner = owner
        self.ownerID = ownerID
        self.scope = scope
        self.expiresAt = expiresAt
        self.isSession = isSession
        self.parentID = parentID
        self.passwordGeneration = passwordGeneration
        self.publishers = publishers
    }
}

/// A token as lists show it.
public struct TokenRecord: Sendable, Hashable {
    /// The most tokens of one owner, and again the most sessions.
    public static let mostOfOneOwner: Int64 = 500

    public let id: Int64
    public let name: String
    public let owner: TokenOwnerName
    public let scope: TokenScope
    public let isSession: Bool
    /// The name of whoever made it.
    public let createdBy: String
    public let createdAt: Timestamp
    /// Nil for never.
    public let expiresAt: Timestamp?
    /// Nil if it was not used yet; behind by a minute or two.
    public let lastUsedAt: Timestamp?
    /// Whether the configuration declares it, and nothing else ends it.
    public let isDeclared: Bool

    public init(
        id: Int64, name: String, owner: TokenOwnerName, scope: TokenScope, isSession: Bool, createdBy: String,
        createdAt: Timestamp, expiresAt: Timestamp?, lastUsedAt: Timestamp?, isDeclared: Bool = false
    ) {
        self.id = id
        self.name = name
        self.owner = owner
        self.scope = scope
        self.isSession = isSession
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.isDeclared = isDeclared
    }
}

extension RegistryError {
    /// Refuses to end a token that the configuration declares.
    public init(declaredToken name: String, of owner: TokenOwnerName) {
        self.init(
            .conflict,
            """
            The configuration declares the token \(name) of \(owner): take it out there, in \
            [tokens.\(sectionName(name))], and restart the server.
            """)
    }
}

/// Returns a name as it stands in the header of a section: in quotes, if TOML asks for them.
func sectionName(_ name: String) -> String {
    let isBare = name.utf8.allSatisfy {
        ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
    }
    return isBare ? name : "\"\(name)\""
}

/// A name for machines that own tokens and hold rights, and cannot log in otherwise.
public struct ServiceAccount: Sendable, Hashable {
    public let id: Int64
    public let name: String
    public let createdAt: Timestamp

    public init(id: Int64, name: String, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
    }
}
