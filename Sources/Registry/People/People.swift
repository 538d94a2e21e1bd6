/// The people who can sign in.
///
/// Passwords arrive as hashes: the authenticator decides what a good password is, and hashes it.
public struct People: Sendable {
    let permissions: Permissions
    let database: any PeopleDatabase & LinkedPeopleDatabase
    let clock: WallClock

    /// Returns whether there is an administrator.
    public func hasAdministrator() async throws -> Bool {
        try await database.hasAdministrator()
    }

    /// Adds the first administrator, for which no right is needed.
    ///
    /// - Parameters:
    ///   - name: The name of the new person.
    ///   - passwordHash: The hash of their password.
    ///   - actor: Who adds them, for the audit.
    /// - Returns: False, with nothing done, if there is an administrator already.
    /// - Throws: What the database does.
    public func addFirstAdministrator(_ name: String, passwordHash: String, actor: String) async throws -> Bool {
        try await database.addFirstAdministrator(
            name, passwordHash: passwordHash, by: ChangeAuthor(name: actor, userID: nil, at: clock.now()))
    }

    /// Throws if a caller may not do what only administrators may do with people; before work that would be in vain.
    public func requireAdministrator(_ caller: Caller, to action: String) throws {
        try permissions.requireAdministrator(caller, to: action)
    }

    /// Returns everybody, in the order of their names; for administrators.
    public func all(caller: Caller) async throws -> [UserRecord] {
        try permissions.requireAdministrator(caller, to: "list users")
        return try await database.users()
    }

    /// Throws `.conflict` if there is a person of a name.
    public func requireNoUser(named name: String) async throws {
        if let user = try await database.user(named: name) {
            guard !user.isDeclared else { throw RegistryError(declaredUser: user.name) }
            throw RegistryError(
                .conflict, "There is a user \(name) already. `cellar user password` sets a new password.")
        }
    }

    /// Throws `.notFound` if there is no person of a name, and `.conflict` if the configuration declares them.
    public func requireChangeableUser(named name: String) async throws {
        guard let user = try await database.user(named: name) else {
            throw RegistryError(.notFound, "There is no user \(name).")
        }
        guard !user.isDeclared else { throw RegistryError(declaredUser: user.name) }
    }

    /// Adds a person; for administrators. Throws `.conflict` if there is one of this name, and `.invalidRequest` for a
    /// name that none can have.
    public func add(_ name: String, passwordHash: String, isAdministrator: Bool, caller: Caller) async throws {
        try permissions.requireAdministrator(caller, to: "add users")
        try Self.requireValid(name)
        try await requireNoUser(named: name)
        try await database.addUser(
            name, passwordHash: passwordHash, isAdministrator: isAdministrator,
            by: ChangeAuthor(caller, at: clock.now()))
    }

    /// Sets a person's password; for administrators. Throws `.notFound` if there is no such person, and `.conflict` if the
    /// configuration declares them.
    public func setPasswordHash(_ hash: String, ofUser name: String, caller: Caller) async throws {
        try permissions.requireAdministrator(caller, to: "set passwords")
        try await requireChangeableUser(named: name)
        try await database.setPasswordHash(hash, ofUser: name, by: ChangeAuthor(caller, at: clock.now()))
    }

    /// Makes a person an administrator, or one no longer; for administrators. Returns false if they are that already.
    ///
    /// Throws `.notFound` if there is no such person, and `.conflict` for the last administrator and for somebody whom
    /// the configuration declares.
    @discardableResult
    public func setAdministrator(_ isAdministrator: Bool, ofUser name: String, caller: Caller) async throws -> Bool {
        try permissions.requireAdministrator(caller, to: "make administrators")
        try await requireChangeableUser(named: name)
        return try await database.setAdministrator(
            isAdministrator, ofUser: name, by: ChangeAuthor(caller, at: clock.now()))
    }

    /// Removes a person; for administrators. Throws `.notFound` if there is no such person, and `.conflict` for the last
    /// administrator and for somebody whom the configuration declares.
    public func remove(_ name: String, caller: Caller) async throws {
        try permissions.requireAdministrator(caller, to: "remove users")
        try await requireChangeableUser(named: name)
        try await database.removeUser(name, by: ChangeAuthor(caller, at: clock.now()))
    }

    /// Shuts a person out, or lets them in again; for administrators. Returns false if that is so already.
    ///
    /// Throws `.notFound` if there is no such person, and `.conflict` for the last administrator and for somebody whom
    /// the configuration declares.
    @discardableResult
    public func setBlocked(_ isBlocked: Bool, ofUser name: String, caller: Caller) async throws -> Bool {
        try permissions.requireAdministrator(caller, to: "block users")
        try await requireChangeableUser(named: name)
        return try await database.setBlocked(isBlocked, ofUser: name, by: ChangeAuthor(caller, at: clock.now()))
    }

    /// Links a person to an identity outside; for administrators. Returns false if they are linked to it already.
    ///
    /// Throws `.notFound` if there is no such person, `.alreadyExists` if either is linked otherwise, `.conflict` if the
    /// configuration declares the person, and `.invalidRequest` for what can be no identity.
    @discardableResult
    public func link(
        _ name: String, provider: String, subject: String, caller: Caller
    ) async throws -> Bool {
        try permissions.requireAdministrator(caller, to: "link users")
        guard let identity = OutsideIdentity(try Self.provider(provider), subject: subject) else {
            throw RegistryError(
                .invalidRequest,
                "A subject has 1 to \(OutsideIdentity.longestSubject) characters, none of which is a control character."
            )
        }
        try await requireChangeableUser(named: name)
        return try await database.link(name, to: identity, by: ChangeAuthor(caller, at: clock.now()))
    }

    /// Ends a person's link to a provider outside; for administrators. Returns false if there is none.
    ///
    /// Throws `.notFound` if there is no such person, and `.invalidRequest` for what can be no provider.
    @discardableResult
    public func unlink(_ name: String, provider: String, caller: Caller) async throws -> Bool {
        try permissions.requireAdministrator(caller, to: "unlink users")
        let provider = try Self.provider(provider)
        return try await database.unlink(name, from: provider, by: ChangeAuthor(caller, at: clock.now()))
    }

    private static func provider(_ text: String) throws -> OutsideProvider {
        guard let provider = OutsideProvider(text) else {
            throw RegistryError(
                .invalidRequest, "A provider is ldap, authenticator, or sso:<name>, as the configuration names it.")
        }
        return provider
    }
}

extension RegistryError {
    /// Refuses to change somebody whom the configuration declares.
    public init(declaredUser name: String) {
        self.init(
            .conflict,
            """
            The configuration declares the user \(name): change them there, in [users.\(sectionName(name))], and restart \
            the server.
            """)
    }
}
