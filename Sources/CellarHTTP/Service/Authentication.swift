import Registry

/// Finds out who sends a request, from its `Authorization` header (RFC 7617).
struct Authentication: Sendable {
    let authenticator: any Authenticator

    /// Who reads what everyone may read, and perhaps more.
    struct Reader {
        let caller: Caller
        /// Why credentials were taken for none; nil if there were none, or right ones.
        var refusal: RegistryError?
    }

    /// The caller, if that is known without waiting: always for anonymous requests, and for credentials that were
    /// verified lately. Nil if the long way must be gone. Called on event loops.
    func knownCaller(_ header: String?) -> Caller? {
        guard let header else { return .anonymous }
        guard let basic = try? BasicCredentials(header: header) else { return nil }
        return Self.credentials(basic).map(authenticator.knownCaller) ?? .anonymous
    }

    /// The caller. Throws `.wrongCredentials`, also for a header that cannot be read.
    func caller(_ header: String?) async throws -> Caller {
        guard let header else { return .anonymous }
        do {
            guard let credentials = Self.credentials(try BasicCredentials(header: header)) else { return .anonymous }
            return try await authenticator.caller(for: credentials)
        } catch let error as BasicCredentialsError {
            throw RegistryError(.wrongCredentials, error.description)
        }
    }

    /// The same for reading: wrong credentials count as none, as on PyPI. A stale line of a netrc would else make uv stop
    /// at an index that needs no login.
    func reader(_ header: String?) async throws -> Reader {
        do {
            return Reader(caller: try await caller(header))
        } catch let error as RegistryError where error.code == .wrongCredentials {
            return Reader(caller: .anonymous, refusal: error)
        }
    }

    /// Nil for an empty password, which is not an attempt to log in: uv and pip send the user's name alone before they
    /// look for the password.
    private static func credentials(_ basic: BasicCredentials) -> Credentials? {
        basic.password.isEmpty ? nil : .password(user: basic.username, password: basic.password)
    }
}
