package import Registry

/// Recognises people by the passwords that they have here, and everybody else by those that they have outside.
///
/// Whoever has a password here is never asked for outside: so they can log in while the outside is down, and a password
/// that is mistyped is not sent elsewhere.
package struct AuthenticatorChain: Authenticator {
    private let local: PasswordAuthenticator
    private let outside: OutsideAuthenticator

    package init(local: PasswordAuthenticator, outside: OutsideAuthenticator) {
        self.local = local
        self.outside = outside
    }

    package func knownCaller(for credentials: Credentials) -> Caller? {
        local.knownCaller(for: credentials) ?? outside.knownCaller(for: credentials)
    }

    package func caller(for credentials: Credentials) async throws -> Caller {
        switch credentials {
        case .password(let user, _):
            if try await local.hasPassword(user) { return try await local.caller(for: credentials) }
            return try await outside.caller(for: credentials)
        }
    }
}
