/// A place outside of this server that recognises people by user name and password.
public protocol OutsidePeople: Sendable {
    var provider: OutsideProvider { get }

    /// Returns who has a user name and a password there.
    ///
    /// - Parameters:
    ///   - user: The name, without control characters, of at most 256 bytes.
    ///   - password: The password, which is not empty.
    /// - Returns: What the place says.
    /// - Throws: `.unavailable`, with the time to wait, if it does not answer, or makes no sense.
    func verify(user: String, password: String) async throws -> OutsideAnswer
}

/// What an outside place says of a user name and a password.
public enum OutsideAnswer: Sendable, Hashable {
    /// They are this person's.
    case person(ProvenPerson)
    /// There is somebody of this name, whose password this is not.
    case wrongPassword
    /// There is nobody of this name, or more than one, or the place does not tell that from a wrong password.
    case unknownUser
}

/// A place outside that can be asked about people who do not sign in at the moment.
public protocol WatchfulProvider: Sendable {
    var provider: OutsideProvider { get }

    /// Returns somebody as the place has them now, or nil if it has them no more, or they may not sign in any more.
    ///
    /// Throws `.unavailable` if it does not answer.
    func person(withSubject subject: String) async throws -> ProvenPerson?
}
