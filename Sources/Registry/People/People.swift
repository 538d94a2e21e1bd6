/// The people who can sign in.
///
/// Passwords arrive as hashes: the authenticator decides what a good password is, and hashes it.
public struct People: Sendable {
    let permissions: Permissions
    let database: any PeopleDatabase
    let clock: WallClock

    /// Declares the groups of the configuration and their members.
    public func declareGroups(_ groups: [String: [String]]) async throws {
        try await database.declareGroups(groups)
    }

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

    /// Returns everybody, in the order of their names; for administrators.
    public func all(caller: Caller) async throws -> [UserRecord] {
        try permissions.requireAdministrator(caller, to: "list users")
        return try await database.users()
    }

    /// Throws `.conflict` if there is a person of a name.
    public func requireNoUser(named name: String) async throws {
        guard try await database.user(named: name) == nil else {
            throw RegistryError(
                .conflict, "There is a user \(name) already. `cellar user password` sets a new password.")
        }
    }

    /// Throws `.notFound` if there is no person of a name.
    public func requireUser(named name: String) async throws {
        guard try await database.user(named: name) != nil else {
            throw RegistryError(.notFound, "There is no user \(name).")
        }
    }

    /// Adds a person; for administrators. Throws `.conflict` if there is one of this name.
    public func add(_ name: String, passwordHash: String, isAdministrator: Bool, caller: Caller) async throws {
        try permissions.requireAdministrator(caller, to: "add users")
        try await requireNoUser(named: name)
        try await database.addUser(
            name, passwordHash: passwordHash, isAdministrator: isAdministrator,
            by: ChangeAuthor(caller, at: clock.now()))
    }

    /// Sets a person's password; for administrators. Throws `.notFound` if there is no such person.
    public func setPasswordHash(_ hash: String, ofUser name: String, caller: Caller) async throws {
        try permissions.requireAdministrator(caller, to: "set passwords")
        try await requireUser(named: name)
        try await database.setPasswordHash(hash, ofUser: name, by: ChangeAuthor(caller, at: clock.now()))
    }

    /// Removes a person; for administrators. Throws `.notFound` if there is no such person.
    public func remove(_ name: String, caller: Caller) async throws {
        try permissions.requireAdministrator(caller, to: "remove users")
        try await requireUser(named: name)
        try await database.removeUser(name, by: ChangeAuthor(caller, at: clock.now()))
    }
}
