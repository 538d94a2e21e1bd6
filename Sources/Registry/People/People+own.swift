/// What people do with their own accounts.
extension People {
    /// Returns the record of the person who calls, or who owns the token that was sent.
    ///
    /// Throws `.authenticationRequired` for an anonymous caller, and `.notFound` for one who is no person.
    public func own(_ caller: Caller) async throws -> UserRecord {
        guard caller.isKnown else {
            throw RegistryError(.authenticationRequired, "You must log in to see your account.")
        }
        guard let person = caller.person, let user = try await database.user(named: person.name), user.id == person.id
        else { throw RegistryError(.notFound, "\(caller.describedName) is no user: there is no account to see.") }
        return user
    }

    /// Sets the password of a person who has just proved that they know the present one, and ends all their sessions.
    ///
    /// - Parameters:
    ///   - hash: The hash of the new password.
    ///   - person: Whose password it is, as the present one was verified.
    /// - Returns: The person with the new password.
    /// - Throws: `.wrongCredentials` if the password has been changed meanwhile, `.conflict` if the configuration declares
    ///   the person, or their password is kept elsewhere.
    public func changeOwnPassword(_ hash: String, of person: Person) async throws -> Person {
        guard let generation = person.passwordGeneration else {
            throw RegistryError(.conflict, "\(person.name) has no password here: it is kept elsewhere.")
        }
        return try await database.changePasswordHash(
            hash, ofUserID: person.id, generation: generation,
            by: ChangeAuthor(.person(person), at: clock.now())
        ).person
    }

    /// Throws `.invalidRequest` for a name that no person can have.
    static func requireValid(_ name: String) throws {
        guard UserName.isValid(name) else {
            throw RegistryError(
                .invalidRequest,
                """
                The name of a user has ASCII letters, digits and . _ @ + -, begins with a letter or digit, and has at \
                most 64 characters.
                """)
        }
    }
}
