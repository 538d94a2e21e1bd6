/// One way to prove who you are.
public protocol Authenticator: Sendable {
    /// Who sends these credentials, where that is known already without waiting; nil where it must be looked up.
    ///
    /// Called on event loops: it never blocks.
    func knownCaller(for credentials: Credentials) -> Caller?

    /// Who sends these credentials.
    ///
    /// Throws `.wrongCredentials` where they prove nothing, `.unavailable` where there is no room to look now.
    func caller(for credentials: Credentials) async throws -> Caller
}

/// What a client sends to prove who it is.
public enum Credentials: Sendable, Hashable {
    /// A user name and a password (RFC 7617).
    case password(user: String, password: String)
}
