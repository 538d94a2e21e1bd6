public import PackagingStandards

/// The role of the database that keeps people, their password hashes and their groups.
public protocol PeopleDatabase: Sendable {
    /// Returns the person of a name, with the stored hash, or nil if there is none.
    func user(named name: String) async throws -> UserRecord?

    /// Returns everybody, by name.
    func users() async throws -> [UserRecord]

    /// Adds somebody. Throws `.alreadyExists` if the name is taken, case folded.
    func addUser(_ name: String, passwordHash: String, isAdministrator: Bool, by change: ChangeAuthor) async throws

    /// Adds the first administrator. Returns false, and does nothing, if there is one already.
    func addFirstAdministrator(_ name: String, passwordHash: String, by change: ChangeAuthor) async throws -> Bool

    /// Sets a password, and with it a new password generation. Throws `.notFound`, and `.conflict` for somebody whom the
    /// configuration declares.
    func setPasswordHash(_ hash: String, ofUser name: String, by change: ChangeAuthor) async throws

    /// Sets a password, and with it a new password generation, if the person still has the one of a generation. Returns
    /// the person with the new one.
    ///
    /// Throws `.wrongCredentials` if they have not, or are gone, and `.conflict` for somebody whom the configuration
    /// declares, and for one whose password is kept elsewhere.
    func changePasswordHash(
        _ hash: String, ofUserID id: Int64, generation: Int64, by change: ChangeAuthor
    ) async throws -> UserRecord

    /// Makes a person an administrator, or one no longer. Returns false if they are that already.
    ///
    /// Throws `.notFound`, and `.conflict` for the last administrator and for somebody whom the configuration declares.
    func setAdministrator(_ isAdministrator: Bool, ofUser name: String, by change: ChangeAuthor) async throws -> Bool

    /// Replaces a hash by a better one of the same password: no new generation, and only if `old` is still stored.
    func renewPasswordHash(_ hash: String, replacing old: String, ofUserID id: Int64) async throws

    /// Removes somebody, and their tokens. Grants to them stay, and give nobody anything: a project that only they could
    /// read must not open to others. Throws `.notFound`, and `.conflict` for the last administrator and for somebody whom
    /// the configuration declares.
    func removeUser(_ name: String, by change: ChangeAuthor) async throws

    /// Returns whether there is an administrator.
    func hasAdministrator() async throws -> Bool
}

/// A person in the database.
public struct UserRecord: Sendable, Hashable {
    public let id: Int64
    public let name: String
    /// Empty for somebody without a password of their own.
    public let passwordHash: String
    /// Counts the passwords that the person has had.
    public let passwordGeneration: Int64
    /// Whether they are an administrator, by this server's own word or by that of the outside.
    public let isAdministrator: Bool
    /// Whether the configuration declares the person: then nothing else changes them.
    public let isDeclared: Bool
    /// The names of their groups here, and of those outside that count now.
    public let groups: Set<String>
    /// The ids of those of these groups that there are here.
    public let groupIDs: Set<Int64>
    public let createdAt: Timestamp
    /// Who the person is outside.
    public let links: [LinkRecord]
    /// Whether the person is shut out.
    public let isBlocked: Bool
    /// Whether the person may come in: not if they are shut out, if the outside has them no more, or if it should have
    /// been asked and could not be for too long.
    public let isActive: Bool
    /// The moment from which the record must be read again, since what the outside said counts no more; nil for none.
    public let validUntil: Timestamp?

    public init(
        id: Int64, name: String, passwordHash: String, passwordGeneration: Int64, isAdministrator: Bool,
        isDeclared: Bool = false, groups: Set<String>, groupIDs: Set<Int64> = [], createdAt: Timestamp,
        links: [LinkRecord] = [], isBlocked: Bool = false, isActive: Bool = true, validUntil: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.passwordHash = passwordHash
        self.passwordGeneration = passwordGeneration
        self.isAdministrator = isAdministrator
        self.isDeclared = isDeclared
        self.groups = groups
        self.groupIDs = groupIDs
        self.createdAt = createdAt
        self.links = links
        self.isBlocked = isBlocked
        self.isActive = isActive
        self.validUntil = validUntil
    }

    /// Whether the person has a password of their own here.
    public var hasPassword: Bool { !passwordHash.isEmpty }

    /// The person, as far as permissions depend on them.
    public var person: Person {
        Person(
            id: id, name: name, isAdministrator: isAdministrator, groups: groups, groupIDs: groupIDs,
            passwordGeneration: passwordGeneration, validUntil: validUntil)
    }
}
